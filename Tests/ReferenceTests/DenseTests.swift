import Networks
import Reference
import Testing

@Suite struct DenseTests {
  @Test func matrixTimesVectorPlusBias() throws {
    let model = try ReferenceModel.single(
      .dense(Dense(outputs: 2)), from: [3], [.weight: [1, 2, 3, 4, 5, 6], .bias: [10, 20]])
    let result = model.pullback(
      at: Tensor(shape: [2, 3], scalars: [1, 0, -1, 2, 1, 0]), cotangent: Tensor(shape: [2, 2], scalars: [1, 2, 3, 4]))
    #expect(result.output.scalars == [8, 18, 14, 33])
    #expect(result.inputGradient.scalars == [9, 12, 15, 19, 26, 33])
    #expect(result.parameterGradients["operation", .weight]?.scalars == [7, 3, -1, 10, 4, -2])
    #expect(result.parameterGradients["operation", .bias]?.scalars == [4, 6])
  }
}
