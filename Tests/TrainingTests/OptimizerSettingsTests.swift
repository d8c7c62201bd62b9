import FoundationEssentials
import Networks
import Testing
import Training

@Suite struct OptimizerSettingsTests {
  /// One step from w = 1 with gradient 0.5 at rate 0.1, by PyTorch's formulas; a first step of Adam and its kin is one of
  /// the rate.
  @Test(
    arguments: [
      (OptimizerSettings(.sgd), 0.95), (OptimizerSettings(.sgd, isNesterov: true), 0.905),
      (OptimizerSettings(.sgd, momentum: 0, weightDecay: 0.2), 0.93), (OptimizerSettings(.adam), 0.9),
      (OptimizerSettings(.adamw), 0.899), (OptimizerSettings(.adamw, weightDecay: 0.5), 0.85),
      // The mean square is 0.01 · 0.25, its root 0.05.
      (OptimizerSettings(.rmsprop), 0),
      // μ₁ = 0.9 (1 − ½ 0.96^0.004), μ₂ likewise: ((1 − μ₁) g / (1 − μ₁) + μ₂ 0.1 g / (1 − μ₁ μ₂)) / g = 1.0565.
      (OptimizerSettings(.nadam), 0.894355),
    ] as [(OptimizerSettings, Float)])
  func makesTheOptimizer(settings: OptimizerSettings, expected: Float) {
    let key = ParameterKey("a", .weight)
    var parameters = Parameters([key: Tensor(shape: [1], scalars: [1])])
    let gradients = Parameters([key: Tensor(shape: [1], scalars: [0.5])])
    var optimizer = settings.makeOptimizer()
    optimizer.update(&parameters, gradients: gradients, learningRate: 0.1)
    let found = parameters.tensors[key]?.scalars.first ?? .nan
    // A few roundings of numbers of order 1; epsilons of 1e-8 over 0.05.
    #expect(abs(found - expected) < 2e-6, "\(settings): \(found)")
  }

  @Test func recordsSayWhatThereIs() throws {
    let names = OptimizerSettings(.sgd).settings.map(\.name)
    #expect(names == ["optimizer", "momentum", "nesterov", "weight_decay"])
    #expect(OptimizerSettings(.nadam).settings.map(\.name) == ["optimizer", "weight_decay"])
    let settings = OptimizerSettings(.sgd, weightDecay: 3.5e-3).settings
    #expect(settings.last?.value == .number(3.5e-3), "and not the nearest number of single precision")
    let data = try JSONEncoder().encode(settings)
    #expect(try JSONDecoder().decode([TrainingSetting].self, from: data) == settings)
  }
}
