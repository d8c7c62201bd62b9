internal import Networks

/// Sums of few terms.
struct DoubleSparse: LinearKernel {
  private let rows: SparseRows
  private let absolute: [Double]

  init(_ rows: SparseRows) {
    self.rows = rows
    absolute = rows.weights.map(abs)
  }

  func apply(to inputs: UnsafeBufferPointer<Double>, rows: Int, into outputs: UnsafeMutableBufferPointer<Double>) {
    sum(inputs, rows: rows, weights: self.rows.weights, into: outputs)
  }

  func applyAbsolute(
    to inputs: UnsafeBufferPointer<Double>, rows: Int, into outputs: UnsafeMutableBufferPointer<Double>
  ) {
    sum(inputs, rows: rows, weights: absolute, into: outputs)
  }

  func applyTransposed(
    to outputs: UnsafeBufferPointer<Double>, rows count: Int, into inputs: UnsafeMutableBufferPointer<Double>
  ) {
    guard let from = outputs.baseAddress, let to = inputs.baseAddress else { return }
    to.update(repeating: 0, count: count * rows.inputCount)
    withTerms(rows.weights) { starts, sources, weights in
      for row in 0..<count {
        let (from, to) = (from + row * rows.outputCount, to + row * rows.inputCount)
        for output in 0..<rows.outputCount {
          let value = from[output]
          for term in Int(starts[output])..<Int(starts[output + 1]) { to[Int(sources[term])] += weights[term] * value }
        }
      }
    }
  }

  func copyRows(_ indices: [Int], into inputs: UnsafeMutableBufferPointer<Double>) {
    inputs.update(repeating: 0)
    for (row, index) in indices.enumerated() {
      for term in Int(rows.starts[index])..<Int(rows.starts[index + 1]) {
        inputs[row * rows.inputCount + Int(rows.sources[term])] += rows.weights[term]
      }
    }
  }

  private func sum(
    _ from: UnsafeBufferPointer<Double>, rows count: Int, weights: [Double],
    into to: UnsafeMutableBufferPointer<Double>
  ) {
    guard let from = from.baseAddress, let to = to.baseAddress else { return }
    withTerms(weights) { starts, sources, weights in
      for row in 0..<count {
        let (from, to) = (from + row * rows.inputCount, to + row * rows.outputCount)
        for output in 0..<rows.outputCount {
          var sum = 0.0
          for term in Int(starts[output])..<Int(starts[output + 1]) { sum += weights[term] * from[Int(sources[term])] }
          to[output] = sum
        }
      }
    }
  }

  private func withTerms(
    _ weights: [Double],
    _ body: (UnsafeBufferPointer<Int32>, UnsafeBufferPointer<Int32>, UnsafeBufferPointer<Double>) -> Void
  ) {
    rows.starts.withUnsafeBufferPointer { starts in
      rows.sources.withUnsafeBufferPointer { sources in
        weights.withUnsafeBufferPointer { body(starts, sources, $0) }
      }
    }
  }
}
