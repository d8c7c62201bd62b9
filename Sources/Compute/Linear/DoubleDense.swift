internal import Networks

/// A matrix `[O, I]`.
struct DoubleDense: LinearKernel {
  private let weight: Tensor<Float>
  private let plain: PackedMatrix
  private let absolute: PackedMatrix
  private let transposed: PackedMatrix
  /// The terms of a row lie one after the other.
  private let places: [Int]

  init(_ weight: Tensor<Float>) throws(NetworkError) {
    let (outputs, inputs) = (weight.shape[0], weight.shape[1])
    // Three packed matrices, and a plain one while they are made.
    try PackedMatrix.check(
      byteCount: 3 * PackedMatrix.byteCount(terms: inputs, columns: outputs)
        + PackedMatrix.byteCount(terms: outputs, columns: inputs))
    let w = weight.scalars
    self.weight = weight
    plain = PackedMatrix(terms: inputs, columns: outputs) { Double(w[$1 * inputs + $0]) }
    absolute = PackedMatrix(terms: inputs, columns: outputs) { Double(abs(w[$1 * inputs + $0])) }
    transposed = PackedMatrix(terms: outputs, columns: inputs) { Double(w[$0 * inputs + $1]) }
    places = Array(0..<max(outputs, inputs))
  }

  func apply(to inputs: UnsafeBufferPointer<Double>, rows: Int, into outputs: UnsafeMutableBufferPointer<Double>) {
    multiply(inputs, rows: rows, with: plain, into: outputs)
  }

  func applyAbsolute(
    to inputs: UnsafeBufferPointer<Double>, rows: Int, into outputs: UnsafeMutableBufferPointer<Double>
  ) {
    multiply(inputs, rows: rows, with: absolute, into: outputs)
  }

  func applyTransposed(
    to outputs: UnsafeBufferPointer<Double>, rows: Int, into inputs: UnsafeMutableBufferPointer<Double>
  ) {
    multiply(outputs, rows: rows, with: transposed, into: inputs)
  }

  func copyRows(_ indices: [Int], into inputs: UnsafeMutableBufferPointer<Double>) {
    let columns = transposed.columns
    for (row, index) in indices.enumerated() {
      for column in 0..<columns { inputs[row * columns + column] = Double(weight.scalars[index * columns + column]) }
    }
  }

  private func multiply(
    _ from: UnsafeBufferPointer<Double>, rows: Int, with matrix: PackedMatrix,
    into to: UnsafeMutableBufferPointer<Double>
  ) {
    guard let from = from.baseAddress, let to = to.baseAddress else { return }
    let most = PackedMatrix.mostRows
    withUnsafeTemporaryAllocation(of: UnsafePointer<Double>?.self, capacity: most) { pointers in
      guard let first = pointers.baseAddress else { return }
      for start in stride(from: 0, to: rows, by: most) {
        let count = min(most, rows - start)
        for row in 0..<count { (first + row).initialize(to: from + (start + row) * matrix.terms) }
        matrix.multiply(
          first, count: count, places: places, into: to + start * matrix.columns, stride: matrix.columns)
      }
    }
  }
}
