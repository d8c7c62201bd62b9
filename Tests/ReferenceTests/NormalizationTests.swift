import Networks
import Reference
import TestSupport
import Testing

@Suite struct NormalizationTests {
  @Test func runningStatistics() throws {
    let model = try ReferenceModel.single(
      .batchNormalization(BatchNormalization(epsilon: 1)), from: [2, 1, 2],
      [.scale: [3, 1], .shift: [1, 0], .mean: [1, 0], .variance: [3, 15]])
    // (5 − 1) / √(3 + 1) · 3 + 1 and so on.
    #expect(model([5, 1, 8, -4]) == [7, 1, 2, -1])
    #expect(model.inputGradient(at: [5, 1, 8, -4], of: [1, 1, 1, 1]) == [1.5, 1.5, 0.25, 0.25])
  }

  @Test func scaleAndShiftMayBeAbsent() throws {
    let payload = BatchNormalization(epsilon: 1, hasScale: false, hasShift: false)
    let model = try ReferenceModel.single(
      .batchNormalization(payload), from: [1], [.mean: [1], .variance: [3]])
    #expect(model([5]) == [2])
  }

  @Test func batchStatisticsSpanExamplesAndPositions() throws {
    let model = try ReferenceModel.single(
      .batchNormalization(BatchNormalization(epsilon: 4)), from: [1, 1, 2],
      [.scale: [3], .shift: [1], .mean: [100], .variance: [100]])
    let images = Tensor<Double>(shape: [2, 1, 1, 2], scalars: [0, 2, 6, 8])
    let context = TrainingContext(seed: 0, step: 0, exampleIDs: [0, 1])
    let pass = model.trainingPass(at: images, context: context) { _ in Tensor(shape: [2, 1, 1, 2], repeating: 1) }
    // Mean 4, biased variance 40/4 = 10, unbiased 40/3; the deviation is √14.
    let deviation = 14.0.squareRoot()
    let expected = [-4, -2, 2, 4].map { 3 * $0 / deviation + 1 }
    #expect(largestDifference(pass.logits.scalars, expected) < 1e-14)
    #expect(pass.batchStatistics["operation", .mean]?.scalars == [4])
    let variance = try #require(pass.batchStatistics["operation", .variance]?.scalars)
    // One rounding of 40/3.
    #expect(largestDifference(variance, [40.0 / 3]) < 1e-14)
    #expect(Set(pass.gradients.tensors.keys.map(\.role)) == [.scale, .shift])
  }

  @Test func layerNormalizationOverRowsAlone() throws {
    let model = try ReferenceModel.single(
      .layerNormalization(LayerNormalization(axes: [1], epsilon: 3)), from: [1, 2, 2],
      [.scale: [1, 2], .shift: [0, 10]])
    // Columns (0, 2) and (4, 8): means 1 and 6, variances 1 and 4, deviations 2 and √7.
    let output = model([0, 4, 2, 8])
    let expected = [-0.5, -2 / 7.0.squareRoot(), 11, 10 + 4 / 7.0.squareRoot()]
    #expect(largestDifference(output, expected) < 1e-14)
  }

  @Test func oneGroupPerChannelIsALayerNormalizationOfPlaces() throws {
    let shape: Shape = [3, 2, 4]
    let input = Tensor.pattern(shape).scalars
    let instance = try ReferenceModel.single(
      .groupNormalization(GroupNormalization(groups: 3, hasScale: false, hasShift: false)), from: shape)
    let layer = try ReferenceModel.single(
      .layerNormalization(LayerNormalization(axes: [1, 2], hasScale: false, hasShift: false)), from: shape)
    #expect(instance(input) == layer(input))
    let one = try ReferenceModel.single(
      .groupNormalization(GroupNormalization(groups: 1, hasScale: false, hasShift: false)), from: shape)
    let all = try ReferenceModel.single(
      .layerNormalization(LayerNormalization(axes: [0, 1, 2], hasScale: false, hasShift: false)), from: shape)
    #expect(one(input) == all(input))
    #expect(one(input) != instance(input))
  }

  @Test func affinePerChannel() throws {
    let model = try ReferenceModel.single(
      .affine(Affine()), from: [2, 1, 2], [.scale: [2, -1], .shift: [1, 10]])
    #expect(model([1, 2, 3, 4]) == [3, 5, 7, 6])
    #expect(model.inputGradient(at: [1, 2, 3, 4], of: [1, 1, 1, 1]) == [2, 2, -1, -1])
    let scale = try ReferenceModel.single(.affine(Affine(hasShift: false)), from: [2, 1, 2], [.scale: [2, -1]])
    #expect(scale([1, 2, 3, 4]) == [2, 4, -3, -4])
  }
}
