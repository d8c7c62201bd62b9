import Networks
import Reference
import Testing

@Suite struct PoolingTests {
  private func maximum(from shape: Shape) throws -> ReferenceModel {
    try .single(.pooling(Pooling(.max, kernel: Extent(2))), from: shape)
  }

  @Test func maximumAndTheWayBack() throws {
    let model = try maximum(from: [1, 4, 4])
    let image: [Double] = [1, 3, 2, 4, 5, 6, 7, 8, 9, 2, 1, 0, 4, 5, 6, 7]
    #expect(model(image) == [6, 8, 9, 7])
    #expect(
      model.inputGradient(at: image, of: [10, 20, 30, 40]) == [0, 0, 0, 0, 0, 10, 0, 20, 30, 0, 0, 0, 0, 0, 0, 40])
  }

  @Test func maximumOfAnotherImage() throws {
    let model = try maximum(from: [1, 4, 4])
    let image: [Double] = [3, 1, 5, 0, 7, 2, 4, 1, 8, 0, 3, 2, 1, 6, 0, 9]
    #expect(model(image) == [7, 5, 8, 9])
    #expect(model.inputGradient(at: image, of: [1, 2, 3, 4]) == [0, 0, 2, 0, 1, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 4])
  }

  @Test func maximumAfterReLU() throws {
    #expect(try maximum(from: [1, 4, 4])([3, 0, 2, 0, 0, 5, 1, 0, 4, 0, 0, 2, 0, 3, 0, 1]) == [5, 2, 4, 2])
  }

  /// `max_pool2d(zeros(1, 1, 5, 5), 3, 2, 1)` back-propagated by PyTorch 2.13.0: the first of equal values.
  @Test func tiesGoToTheFirst() throws {
    let model = try ReferenceModel.single(
      .pooling(Pooling(.max, kernel: Extent(3), stride: Extent(2), padding: Edges(1))), from: [1, 5, 5])
    let gradient = model.inputGradient(
      at: Array(repeating: 0, count: 25), of: [-0.875, 0.5, -0.25, -1, 0.375, -0.375, 1, 0.25, -0.5])
    #expect(
      gradient == [
        -0.875, 0.5, 0, -0.25, 0, -1, 0.375, 0, -0.375, 0, 0, 0, 0, 0, 0, 1, 0.25, 0, -0.5, 0, 0, 0, 0, 0, 0,
      ])
  }

  @Test func paddingIsNeverTheMaximum() throws {
    let model = try ReferenceModel.single(
      .pooling(Pooling(.max, kernel: Extent(3), padding: Edges(1))), from: [1, 1, 1])
    #expect(model([-5]) == [-5])
  }

  @Test(arguments: [(true, 8.0 / 9), (false, 2.0)])
  func paddingInTheDivisor(countsPadding: Bool, corner: Double) throws {
    let model = try ReferenceModel.single(
      .pooling(Pooling(.average(countsPadding: countsPadding), kernel: Extent(3), padding: Edges(1))), from: [1, 2, 2])
    #expect(model([2, 2, 2, 2]) == [corner])
  }

  @Test func aWindowBeyondThePaddingIsCutOff() throws {
    // Columns 0, 1 | 2: the second window hangs over by one column, which does not count.
    let pooling = Pooling(.average(countsPadding: true), kernel: Extent(1, 2), roundsUp: true)
    let model = try ReferenceModel.single(.pooling(pooling), from: [1, 1, 3])
    #expect(model([1, 3, 5]) == [2, 5])
    #expect(model.inputGradient(at: [1, 3, 5], of: [1, 1]) == [0.5, 0.5, 1])
  }

  @Test func global() throws {
    let image: [Double] = [1, 4, 4, 3, -1, -2, -3, -4]
    let largest = try ReferenceModel.single(.globalPooling(GlobalPooling(.max)), from: [2, 2, 2])
    #expect(largest(image) == [4, -1])
    #expect(largest.inputGradient(at: image, of: [1, 2]) == [0, 1, 0, 0, 2, 0, 0, 0])
    let mean = try ReferenceModel.single(.globalPooling(GlobalPooling(.average, keepsAxes: true)), from: [2, 2, 2])
    #expect(mean.network.outputShape == [2, 1, 1])
    #expect(mean(image) == [3, -2.5])
  }
}
