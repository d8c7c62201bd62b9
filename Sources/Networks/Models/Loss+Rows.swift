import Glibc

/// One example's loss: reads its logits and label, writes the gradient over zeros, returns the value.
typealias LossRow = (
  _ logits: UnsafeBufferPointer<Double>, _ label: Int, _ gradient: UnsafeMutableBufferPointer<Double>
) -> Double

/// Calls `row` for every example.
func evaluateRows(
  of logits: [Double], classes: Int, labels: [Int], _ row: LossRow
) -> (values: [Double], gradient: [Double]) {
  precondition(logits.count == labels.count * classes, "\(labels.count) labels for \(logits.count) logits")
  precondition(labels.allSatisfy { (0..<classes).contains($0) }, "a label outside 0..<\(classes)")
  var values = [Double](repeating: 0, count: labels.count)
  var gradient = [Double](repeating: 0, count: logits.count)
  logits.withUnsafeBufferPointer { logits in
    gradient.withUnsafeMutableBufferPointer { gradient in
      for (example, label) in labels.enumerated() {
        let range = example * classes..<(example + 1) * classes
        values[example] = row(
          UnsafeBufferPointer(rebasing: logits[range]), label, UnsafeMutableBufferPointer(rebasing: gradient[range]))
      }
    }
  }
  return (values, gradient)
}

/// The index of the largest logit other than `excluded`; of equal ones the first.
func largestIndex(_ row: UnsafeBufferPointer<Double>, excluding excluded: Int? = nil) -> Int {
  var best: Int?
  for j in row.indices where j != excluded {
    if let current = best, row[j] <= row[current] { continue }
    best = j
  }
  return best ?? 0
}

/// With targets t: Σ t_k (logsumexp z − z_k); gradient softmax − t.
func crossEntropyRow(
  _ row: UnsafeBufferPointer<Double>, label: Int, smoothing: Double, gradient: UnsafeMutableBufferPointer<Double>
) -> Double {
  let largest = largestIndex(row)
  let spread = smoothing / Double(row.count)
  var value = (1 - smoothing) * (row[largest] - row[label])
  var rest = 0.0
  for k in row.indices {
    value += spread * (row[largest] - row[k])
    gradient[k] = k == largest ? 1 : exp(row[k] - row[largest])
    if k != largest { rest += gradient[k] }
  }
  var others = 0.0
  for k in row.indices where k != label {
    let probability = gradient[k] / (1 + rest)
    others += probability
    gradient[k] = probability - spread
  }
  // p − 1 as minus the sum of the other probabilities, which stays exact where p rounds to 1.
  gradient[label] = smoothing - spread - others
  return value + log1p(rest)
}

/// max over j ≠ y of z_j, minus z_y.
func marginRow(
  _ row: UnsafeBufferPointer<Double>, label: Int, gradient: UnsafeMutableBufferPointer<Double>
) -> Double {
  let other = largestIndex(row, excluding: label)
  gradient[other] = 1
  gradient[label] = -1
  return row[other] - row[label]
}

/// max over j ≠ y of p_j, minus p_y, with p = softmax z; gradient p ∘ (c − c·p) with c = 1 at j, −1 at y.
///
/// With a = p_j − p_y that is p_k (c_k − a). At the leading class k, whose probability may round to 1, c_k − a is summed
/// from the other classes: ±1 − a = ±(1 − p_k ± the smaller one) without cancellation.
func probabilityMarginRow(
  _ row: UnsafeBufferPointer<Double>, label: Int, gradient: UnsafeMutableBufferPointer<Double>
) -> Double {
  let largest = largestIndex(row)
  let other = largestIndex(row, excluding: label)
  var sum = 0.0
  for k in row.indices {
    gradient[k] = exp(row[k] - row[largest])
    sum += gradient[k]
  }
  var rest = 0.0
  for k in row.indices {
    gradient[k] /= sum
    if k != largest { rest += gradient[k] }
  }
  let (pOther, pLabel) = (gradient[other], gradient[label])
  let margin = pOther - pLabel
  for k in row.indices {
    let sign = k == other ? 1.0 : k == label ? -1.0 : 0
    // Where the label leads, −1 − a = −(1 − p_y) − p_j; where the other does, 1 − a = (1 − p_j) + p_y.
    let slope =
      k == largest && sign != 0 ? sign * (rest + (largest == label ? pOther : pLabel)) : sign - margin
    gradient[k] *= slope
  }
  return margin
}

/// −(z_y − max over j ≠ y of z_j) / (z_π1 − z_π3 + 1e-12), π ordering the logits downwards.
func logitRatioRow(
  _ row: UnsafeBufferPointer<Double>, label: Int, gradient: UnsafeMutableBufferPointer<Double>
) -> Double {
  let order = leadingIndices(row)
  let other = order[0] == label ? order[1] : order[0]
  let spread = row[order[0]] - row[order[2]] + logitRatioGuard
  let value = (row[other] - row[label]) / spread
  gradient[other] += 1 / spread
  gradient[label] -= 1 / spread
  gradient[order[0]] -= value / spread
  gradient[order[2]] += value / spread
  return value
}

/// Keeps the ratio finite where the leading logits are equal; the value of the reference implementation.
let logitRatioGuard = 1e-12

/// The indices of the four largest logits, largest first; of equal ones the first. With fewer logits the last are −1.
func leadingIndices(_ row: UnsafeBufferPointer<Double>) -> SIMD4<Int> {
  var order = SIMD4(repeating: -1)
  for j in row.indices {
    var candidate = j
    for place in 0..<4 where order[place] < 0 || row[candidate] > row[order[place]] {
      (candidate, order[place]) = (order[place], candidate)
      if candidate < 0 { break }
    }
  }
  return order
}
