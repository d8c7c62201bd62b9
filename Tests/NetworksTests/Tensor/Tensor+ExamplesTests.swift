import Networks
import Testing

@Suite struct TensorExamplesTests {
  /// Three examples of shape 1×2: (0, 1), (2, 3), (4, 5).
  let batch = Tensor<Float>(shape: [3, 1, 2], scalars: [0, 1, 2, 3, 4, 5])

  @Test func countsAndSizes() {
    #expect(batch.exampleCount == 3 && batch.exampleSize == 2)
    #expect(Tensor<Float>(shape: []).exampleCount == 0)
  }

  @Test func rangesAndGathering() {
    #expect(batch.examples(1..<3) == Tensor(shape: [2, 1, 2], scalars: [2, 3, 4, 5]))
    #expect(batch.examples(1..<1) == Tensor(shape: [0, 1, 2]))
    #expect(batch.gathering([2, 0, 2]) == Tensor(shape: [3, 1, 2], scalars: [4, 5, 0, 1, 4, 5]))
  }

  @Test func scatterPutsBackWhatGatheringTook() {
    var copy = Tensor<Float>(shape: batch.shape, repeating: -1)
    copy.scatter(batch.gathering([2, 0]), to: [2, 0])
    #expect(copy.scalars == [0, 1, -1, -1, 4, 5])
  }

  @Test func aRangeIsReplaced() {
    var copy = Tensor<Float>(shape: batch.shape, repeating: -1)
    copy.replace(1..<3, by: batch.examples(0..<2))
    #expect(copy.scalars == [-1, -1, 0, 1, 2, 3])
    copy.replace(3..<3, by: batch.examples(0..<0))
    #expect(copy.scalars == [-1, -1, 0, 1, 2, 3])
  }

  @Test func concatenationJoinsBatches() {
    #expect(Tensor.concatenating([batch.examples(0..<1), batch.examples(1..<3)]) == batch)
  }

  @Test func argmaxTakesTheFirstOfEqualScalars() {
    let logits = Tensor<Float>(shape: [3, 3], scalars: [1, 3, 2, -5, -7, -5, 4, 4, 4])
    #expect(logits.argmax() == [1, 0, 0])
  }
}
