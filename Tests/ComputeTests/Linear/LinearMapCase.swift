import Networks
import Testing

/// A map and what it is called.
struct LinearMapCase: Sendable, CustomTestStringConvertible {
  let name: String
  let map: LinearMap

  var testDescription: String { name }

  /// Sizes beyond one panel of columns, one block of terms and one of rows, and on both sides of whole vectors; channels
  /// that are moved one, four and eight at a time; windows with gaps, groups and uneven padding.
  static let all =
    [
      convolution(
        [1, 12, 12], Convolution(outputChannels: 16, kernel: Extent(4), stride: Extent(2), padding: Edges(1))),
      convolution(
        [16, 7, 7], Convolution(outputChannels: 32, kernel: Extent(4), stride: Extent(2), padding: Edges(1))),
      convolution([3, 9, 10], Convolution(outputChannels: 27, kernel: Extent(3), padding: Edges(1))),
      convolution([33, 5, 6], Convolution(outputChannels: 9, kernel: Extent(3), padding: Edges(1))),
      convolution([70, 4, 4], Convolution(outputChannels: 5, kernel: Extent(2))),
      convolution(
        [12, 9, 8],
        Convolution(
          outputChannels: 6, kernel: Extent(3, 2), stride: Extent(2, 1),
          padding: Edges(top: 0, bottom: 1, left: 3, right: 2), dilation: Extent(2, 3), groups: 3)),
      convolution([5, 6, 6], Convolution(outputChannels: 10, kernel: Extent(3), padding: Edges(1), groups: 5)),
      convolution([40, 1, 1], Convolution(outputChannels: 50, kernel: Extent(1))),
      transposed(
        [9, 5, 4],
        TransposedConvolution(
          outputChannels: 12, kernel: Extent(4), stride: Extent(2), padding: Edges(1), outputPadding: Extent(1, 0)),
        to: [12, 11, 8]),
      transposed(
        [8, 4, 5],
        TransposedConvolution(
          outputChannels: 4, kernel: Extent(3, 2), stride: Extent(1, 2),
          padding: Edges(top: 1, bottom: 0, left: 0, right: 1), dilation: Extent(2, 3), groups: 2),
        to: [4, 7, 11]),
    ]
    + [(1, 1), (7, 3), (64, 24), (300, 10), (520, 70), (33, 131)].map { dense(inputs: $0.0, outputs: $0.1) }
    + [
      LinearMapCase(
        name: "diagonal", map: LinearMap(.diagonal(normals(24, seed: 9)), from: [2, 3, 4], to: [2, 3, 4])),
      LinearMapCase(name: "identity", map: LinearMap(.identity, from: [24], to: [2, 3, 4])),
    ]

  private static func convolution(_ image: Shape, _ payload: Convolution) -> LinearMapCase {
    func extent(_ size: Int, _ padding: Int, _ kernel: Int, _ dilation: Int, _ stride: Int) -> Int {
      (size + padding - dilation * (kernel - 1) - 1) / stride + 1
    }
    let (edges, kernel) = (payload.padding, payload.kernel)
    let output: Shape = [
      payload.outputChannels,
      extent(image[1], edges.top + edges.bottom, kernel.height, payload.dilation.height, payload.stride.height),
      extent(image[2], edges.left + edges.right, kernel.width, payload.dilation.width, payload.stride.width),
    ]
    let weight = weights([payload.outputChannels, image[0] / payload.groups, kernel.height, kernel.width])
    return LinearMapCase(
      name: "\(image) → \(output) by \(kernel.height)×\(kernel.width)",
      map: LinearMap(.convolution(payload, weight: weight), from: image, to: output))
  }

  private static func transposed(_ image: Shape, _ payload: TransposedConvolution, to output: Shape) -> LinearMapCase {
    let weight = weights([
      image[0], payload.outputChannels / payload.groups, payload.kernel.height, payload.kernel.width,
    ])
    return LinearMapCase(
      name: "\(image) → \(output) transposed",
      map: LinearMap(.transposedConvolution(payload, weight: weight), from: image, to: output))
  }

  private static func dense(inputs: Int, outputs: Int) -> LinearMapCase {
    LinearMapCase(
      name: "dense \(inputs) → \(outputs)",
      map: LinearMap(.dense(weight: weights([outputs, inputs])), from: [inputs], to: [outputs]))
  }

  private static func weights(_ shape: Shape) -> Tensor<Float> {
    Tensor(shape: shape, scalars: normals(shape.count, seed: 8).map(Float.init))
  }
}

/// Reproducible scalars.
func normals(_ count: Int, seed: UInt64 = 0) -> [Double] {
  var stream = RandomSource(seed: seed).stream(.data)
  return (0..<count).map { _ in Double(stream.normal()) }
}

extension LinearMap {
  /// |W|.
  var absolute: LinearMap {
    func size(_ weight: Tensor<Float>) -> Tensor<Float> {
      Tensor(shape: weight.shape, scalars: weight.scalars.map(abs))
    }
    let form: Form
    switch self.form {
    case .convolution(let payload, let weight): form = .convolution(payload, weight: size(weight))
    case .transposedConvolution(let payload, let weight): form = .transposedConvolution(payload, weight: size(weight))
    case .dense(let weight): form = .dense(weight: size(weight))
    case .diagonal(let factors): form = .diagonal(factors.map(abs))
    // Sparse rows are averages and arrangements, without negative weights.
    case .sparse, .identity: form = self.form
    }
    return LinearMap(form, from: input, to: output)
  }
}

extension LinearKernel {
  func apply(_ x: [Double], _ rows: Int, _ map: LinearMap) -> [Double] {
    filled(rows * map.output.count) { to in x.withUnsafeBufferPointer { apply(to: $0, rows: rows, into: to) } }
  }

  func applyAbsolute(_ x: [Double], _ rows: Int, _ map: LinearMap) -> [Double] {
    filled(rows * map.output.count) { to in x.withUnsafeBufferPointer { applyAbsolute(to: $0, rows: rows, into: to) } }
  }

  func applyTransposed(_ y: [Double], _ rows: Int, _ map: LinearMap) -> [Double] {
    filled(rows * map.input.count) { to in y.withUnsafeBufferPointer { applyTransposed(to: $0, rows: rows, into: to) } }
  }

  func copyRows(_ indices: [Int], _ map: LinearMap) -> [Double] {
    filled(indices.count * map.input.count) { copyRows(indices, into: $0) }
  }

  /// What a kernel writes over scalars that are no numbers: none may be left.
  private func filled(_ count: Int, _ body: (UnsafeMutableBufferPointer<Double>) -> Void) -> [Double] {
    var values = [Double](repeating: .nan, count: count)
    values.withUnsafeMutableBufferPointer { body($0) }
    return values
  }
}

extension LinearKernels {
  func addLeastValues(_ rows: [Double], _ lower: [Double], _ upper: [Double], to sums: inout [Double]) {
    rows.withUnsafeBufferPointer { rows in
      lower.withUnsafeBufferPointer { lower in
        upper.withUnsafeBufferPointer { upper in
          sums.withUnsafeMutableBufferPointer { addLeastValues(ofRows: rows, lower: lower, upper: upper, to: $0) }
        }
      }
    }
  }

  func scale(_ rows: inout [Double], _ positive: [Double], _ negative: [Double]) {
    rows.withUnsafeMutableBufferPointer { rows in
      positive.withUnsafeBufferPointer { positive in
        negative.withUnsafeBufferPointer { scale(rows: rows, positive: positive, negative: $0) }
      }
    }
  }
}
