import Glibc

/// log softmax of every row of logits `[N, K]`, in double precision.
package func logSoftmax(_ logits: [Double], classes: Int) -> [Double] {
  var result = logits
  logits.withUnsafeBufferPointer { logits in
    for start in stride(from: 0, to: logits.count, by: max(classes, 1)) {
      let row = UnsafeBufferPointer(rebasing: logits[start..<start + classes])
      let largest = largestIndex(row)
      let excess = logSumExpAboveMaximum(row, largest: largest)
      for k in row.indices { result[start + k] = row[k] - row[largest] - excess }
    }
  }
  return result
}

/// log Σ exp(z) − max z, in a form that keeps a sum just above 1 exact.
private func logSumExpAboveMaximum(_ row: UnsafeBufferPointer<Double>, largest: Int) -> Double {
  var rest = 0.0
  for j in row.indices where j != largest { rest += exp(row[j] - row[largest]) }
  return log1p(rest)
}
