import Networks
import Reference
import TestSupport
import Testing

/// A convolution is the multiplication by a doubly blocked Toeplitz matrix; a transposed one by such a matrix transposed.
@Suite struct BilinearOperationTests {
  private struct Geometry: CustomTestStringConvertible {
    var channels: Int, filters: Int, groups: Int, height: Int, width: Int
    var kernel: Extent, stride: Extent, dilation: Extent, padding: Edges

    var testDescription: String { "\(self)" }

    init(_ stream: inout RandomStream) {
      func pick(_ range: ClosedRange<Int>) -> Int { range.lowerBound + stream.integer(below: range.count) }
      groups = pick(1...3)
      channels = groups * pick(1...2)
      filters = groups * pick(1...2)
      height = pick(5...8)
      width = pick(5...8)
      // A window of at most 5 fits every image.
      kernel = Extent(pick(1...3), pick(1...3))
      stride = Extent(pick(1...3), pick(1...3))
      dilation = Extent(pick(1...2), pick(1...2))
      padding = Edges(top: pick(0...2), bottom: pick(0...2), left: pick(0...2), right: pick(0...2))
    }

    /// The tap of a filter that joins place `fine` of the larger image with place `coarse` of the smaller one, if any.
    func tap(fine: Int, coarse: Int, stride: Int, dilation: Int, padding: Int, kernel: Int) -> Int? {
      let distance = fine + padding - coarse * stride
      guard distance >= 0, distance % dilation == 0, distance / dilation < kernel else { return nil }
      return distance / dilation
    }

    /// One entry of the matrix: zero where no tap joins the places or the channels belong to different groups.
    func entry(
      weight: Tensor<Double>, coarse: (channel: Int, row: Int, column: Int),
      fine: (channel: Int, row: Int, column: Int)
    ) -> Double {
      let coarsePerGroup = weight.shape[0] / groups
      let finePerGroup = weight.shape[1]
      guard coarse.channel / coarsePerGroup == fine.channel / finePerGroup else { return 0 }
      guard
        let k = tap(
          fine: fine.row, coarse: coarse.row, stride: stride.height, dilation: dilation.height, padding: padding.top,
          kernel: kernel.height),
        let l = tap(
          fine: fine.column, coarse: coarse.column, stride: stride.width, dilation: dilation.width,
          padding: padding.left, kernel: kernel.width)
      else { return 0 }
      let filter = weight.shape[1] * kernel.height * kernel.width
      return weight.scalars[
        coarse.channel * filter + (fine.channel % finePerGroup * kernel.height + k) * kernel.width + l]
    }

    /// The matrix with a row per scalar of the coarse image and a column per scalar of the fine one.
    func matrix(weight: Tensor<Double>, coarse: Shape, fine: Shape) -> [[Double]] {
      places(of: coarse).map { row in places(of: fine).map { entry(weight: weight, coarse: row, fine: $0) } }
    }

    private func places(of shape: Shape) -> [(channel: Int, row: Int, column: Int)] {
      (0..<shape.count).map { ($0 / (shape[1] * shape[2]), $0 / shape[2] % shape[1], $0 % shape[2]) }
    }
  }

  private static let geometries: [Geometry] = {
    var stream = RandomSource(seed: 11).stream(.check)
    return (0..<30).map { _ in Geometry(&stream) }
  }()

  /// `matrix · vector`.
  private func times(_ matrix: [[Double]], _ vector: [Double]) -> [Double] {
    matrix.map { row in zip(row, vector).reduce(0) { $0 + $1.0 * $1.1 } }
  }

  private func transposed(_ matrix: [[Double]]) -> [[Double]] {
    matrix[0].indices.map { column in matrix.map { $0[column] } }
  }

  // All values are small multiples of 1/8: every sum below is exact, so equality is.
  @Test(arguments: geometries)
  private func convolution(_ geometry: Geometry) throws {
    let payload = Convolution(
      outputChannels: geometry.filters, kernel: geometry.kernel, stride: geometry.stride, padding: geometry.padding,
      dilation: geometry.dilation, groups: geometry.groups, hasBias: false)
    let shape: Shape = [geometry.channels, geometry.height, geometry.width]
    let weightShape: Shape = [
      geometry.filters, geometry.channels / geometry.groups, geometry.kernel.height, geometry.kernel.width,
    ]
    let weight = Tensor.pattern(weightShape, multiplier: 5, modulus: 13)
    let model = try ReferenceModel.single(.convolution(payload), from: shape, [.weight: weight.scalars])
    let matrix = geometry.matrix(weight: weight, coarse: model.network.outputShape, fine: shape)
    let input = Tensor.pattern(shape).scalars
    let cotangent = Tensor.pattern(model.network.outputShape, multiplier: 11, modulus: 17).scalars
    #expect(model(input) == times(matrix, input))
    #expect(model.inputGradient(at: input, of: cotangent) == times(transposed(matrix), cotangent))
  }

  @Test(arguments: geometries)
  private func transposedConvolution(_ geometry: Geometry) throws {
    let payload = TransposedConvolution(
      outputChannels: geometry.filters, kernel: geometry.kernel, stride: geometry.stride, padding: geometry.padding,
      dilation: geometry.dilation, groups: geometry.groups, hasBias: false)
    let shape: Shape = [geometry.channels, geometry.height, geometry.width]
    let weightShape: Shape = [
      geometry.channels, geometry.filters / geometry.groups, geometry.kernel.height, geometry.kernel.width,
    ]
    let weight = Tensor.pattern(weightShape, multiplier: 5, modulus: 13)
    let model = try ReferenceModel.single(.transposedConvolution(payload), from: shape, [.weight: weight.scalars])
    let matrix = geometry.matrix(weight: weight, coarse: shape, fine: model.network.outputShape)
    let input = Tensor.pattern(shape).scalars
    let cotangent = Tensor.pattern(model.network.outputShape, multiplier: 11, modulus: 17).scalars
    #expect(model(input) == times(transposed(matrix), input))
    #expect(model.inputGradient(at: input, of: cotangent) == times(matrix, cotangent))
  }
}
