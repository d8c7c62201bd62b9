import Compute
import Networks
import Reference
import Testing

/// Weights as plans read them: reordered, in parts where they are large, and the model's own.
@Suite struct WeightStoreTests {
  /// 600 rows of 500 weights are 1.2 MB: parts of 256, 256 and 88 rows, of which the last is not of whole blocks.
  private func network() throws -> Network {
    var network = try Network(inputShape: [500])
    try network.append(.dense(Dense(outputs: 600)), named: "hidden")
    try network.append(.activation(.relu), named: "relu")
    try network.append(.dense(Dense(outputs: 3)), named: "logits")
    return network
  }

  /// Every part is loaded again after an update, by several threads.
  @Test func updatesReachAllParts() throws {
    let network = try network()
    let (first, images) = GradientCheck.point(for: network, exampleCount: 5, seed: 3)
    let second = GradientCheck.point(for: network, exampleCount: 5, seed: 4).parameters
    let model = try CompiledModel(network: network, parameters: first, workers: Workers(count: 3))
    for parameters in [first, second] {
      model.updateParameters { $0 = parameters }
      let found = try model.pullback(at: images, cotangent: variedCotangent)
      let expected = try ReferenceModel(network: network, parameters: parameters.double)
        .pullback(at: images.double, cotangent: variedCotangent(found.logits, 0..<5).double)
      expectClose(found.logits, expected.output, "logits", tolerance: 2e-5)
      expectClose(found.gradient, expected.inputGradient, "gradient", tolerance: 2e-5)
    }
  }
}
