public import Networks

/// Products with linear maps in plain loops: the oracle of faster kernels.
public struct ReferenceKernels: LinearKernels {
  /// Creates the kernels.
  public init() {}

  /// A kernel for a map.
  public func kernel(for map: LinearMap) -> any LinearKernel { ReferenceKernel(map: map) }

  /// Adds the least value of each row to its sum.
  public func addLeastValues(
    ofRows rows: UnsafeBufferPointer<Double>, lower: UnsafeBufferPointer<Double>, upper: UnsafeBufferPointer<Double>,
    to sums: UnsafeMutableBufferPointer<Double>
  ) {
    for (place, a) in rows.enumerated() {
      let (row, column) = place.quotientAndRemainder(dividingBy: lower.count)
      sums[row] += a * (a > 0 ? lower[column] : upper[column])
    }
  }

  /// Multiplies each coefficient by the factor for its sign.
  public func scale(
    rows: UnsafeMutableBufferPointer<Double>, positive: UnsafeBufferPointer<Double>,
    negative: UnsafeBufferPointer<Double>
  ) {
    for place in rows.indices {
      let column = place % positive.count
      rows[place] *= rows[place] > 0 ? positive[column] : negative[column]
    }
  }
}

/// A map as a list of products `w · x`, each added to one scalar of the output.
private struct ReferenceKernel: LinearKernel {
  let map: LinearMap

  func apply(to inputs: UnsafeBufferPointer<Double>, rows: Int, into outputs: UnsafeMutableBufferPointer<Double>) {
    outputs.update(repeating: 0)
    forEachProduct(rows: rows) { w, x, y in outputs[y] += w * inputs[x] }
  }

  func applyAbsolute(
    to inputs: UnsafeBufferPointer<Double>, rows: Int, into outputs: UnsafeMutableBufferPointer<Double>
  ) {
    outputs.update(repeating: 0)
    forEachProduct(rows: rows) { w, x, y in outputs[y] += abs(w) * inputs[x] }
  }

  func applyTransposed(
    to outputs: UnsafeBufferPointer<Double>, rows: Int, into inputs: UnsafeMutableBufferPointer<Double>
  ) {
    inputs.update(repeating: 0)
    forEachProduct(rows: rows) { w, x, y in inputs[x] += w * outputs[y] }
  }

  func copyRows(_ indices: [Int], into inputs: UnsafeMutableBufferPointer<Double>) {
    var units = [Double](repeating: 0, count: indices.count * map.output.count)
    for (row, index) in indices.enumerated() { units[row * map.output.count + index] = 1 }
    units.withUnsafeBufferPointer { applyTransposed(to: $0, rows: indices.count, into: inputs) }
  }

  private func forEachProduct(rows: Int, _ body: (_ w: Double, _ x: Int, _ y: Int) -> Void) {
    let (input, output) = (map.input.batched(rows), map.output.batched(rows))
    func forEach(_ operation: some BilinearOperation, _ weight: Tensor<Float>) {
      let w = weight.scalars
      operation.forEachProduct(weight: weight.shape, input: input, output: output) { body(Double(w[$0]), $1, $2) }
    }
    switch map.form {
    case .convolution(let payload, let weight): forEach(payload, weight)
    case .transposedConvolution(let payload, let weight): forEach(payload, weight)
    case .dense(let weight): forEach(Dense(outputs: weight.shape[0]), weight)
    case .diagonal(let factors): for place in 0..<output.count { body(factors[place % factors.count], place, place) }
    case .identity: for place in 0..<output.count { body(1, place, place) }
    case .sparse(let sparse):
      for place in 0..<output.count {
        let (row, y) = place.quotientAndRemainder(dividingBy: sparse.outputCount)
        for term in Int(sparse.starts[y])..<Int(sparse.starts[y + 1]) {
          body(sparse.weights[term], row * sparse.inputCount + Int(sparse.sources[term]), place)
        }
      }
    }
  }
}
