internal import Networks

/// A factor for every scalar.
struct DoubleDiagonal: LinearKernel {
  private let factors: [Double]
  private let absolute: [Double]

  init(_ factors: [Double]) {
    self.factors = factors
    absolute = factors.map(abs)
  }

  func apply(to inputs: UnsafeBufferPointer<Double>, rows: Int, into outputs: UnsafeMutableBufferPointer<Double>) {
    multiply(inputs, rows: rows, with: factors, into: outputs)
  }

  func applyAbsolute(
    to inputs: UnsafeBufferPointer<Double>, rows: Int, into outputs: UnsafeMutableBufferPointer<Double>
  ) {
    multiply(inputs, rows: rows, with: absolute, into: outputs)
  }

  func applyTransposed(
    to outputs: UnsafeBufferPointer<Double>, rows: Int, into inputs: UnsafeMutableBufferPointer<Double>
  ) {
    multiply(outputs, rows: rows, with: factors, into: inputs)
  }

  func copyRows(_ indices: [Int], into inputs: UnsafeMutableBufferPointer<Double>) {
    inputs.update(repeating: 0)
    for (row, index) in indices.enumerated() { inputs[row * factors.count + index] = factors[index] }
  }

  private func multiply(
    _ from: UnsafeBufferPointer<Double>, rows: Int, with factors: [Double],
    into to: UnsafeMutableBufferPointer<Double>
  ) {
    guard let from = from.baseAddress, let to = to.baseAddress else { return }
    factors.withUnsafeBufferPointer { factors in
      for row in 0..<rows {
        let (from, to) = (from + row * factors.count, to + row * factors.count)
        for place in factors.indices { to[place] = factors[place] * from[place] }
      }
    }
  }
}

/// The scalars as they are.
struct DoubleIdentity: LinearKernel {
  let count: Int

  func apply(to inputs: UnsafeBufferPointer<Double>, rows: Int, into outputs: UnsafeMutableBufferPointer<Double>) {
    guard let from = inputs.baseAddress, let to = outputs.baseAddress else { return }
    to.update(from: from, count: rows * count)
  }

  func applyAbsolute(
    to inputs: UnsafeBufferPointer<Double>, rows: Int, into outputs: UnsafeMutableBufferPointer<Double>
  ) {
    apply(to: inputs, rows: rows, into: outputs)
  }

  func applyTransposed(
    to outputs: UnsafeBufferPointer<Double>, rows: Int, into inputs: UnsafeMutableBufferPointer<Double>
  ) {
    apply(to: outputs, rows: rows, into: inputs)
  }

  func copyRows(_ indices: [Int], into inputs: UnsafeMutableBufferPointer<Double>) {
    inputs.update(repeating: 0)
    for (row, index) in indices.enumerated() { inputs[row * count + index] = 1 }
  }
}
