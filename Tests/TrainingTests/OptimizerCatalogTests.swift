import FoundationEssentials
import Hyperparameters
import Networks
import Testing
import Training

@Suite struct OptimizerCatalogTests {
  /// One step from w = 1 with gradient 0.5 at rate 0.1, by PyTorch's formulas; a first step of Adam and its kin is one of
  /// the rate.
  @Test(
    arguments: [
      (SGD(), 0.95), (SGD(isNesterov: true), 0.905),
      (SGD(momentum: 0, weightDecay: 0.2), 0.93), (Adam(), 0.9),
      (AdamW(), 0.899), (AdamW(weightDecay: 0.5), 0.85),
      // The mean square is 0.01 · 0.25, its root 0.05.
      (RMSProp(), 0),
      // μ₁ = 0.9 (1 − ½ 0.96^0.004), μ₂ likewise: ((1 − μ₁) g / (1 − μ₁) + μ₂ 0.1 g / (1 − μ₁ μ₂)) / g = 1.0565.
      (Nadam(), 0.894355),
    ] as [(any Optimizer, Float)])
  func makesTheOptimizer(fresh: any Optimizer, expected: Float) {
    let key = ParameterKey("a", .weight)
    var parameters = Parameters([key: Tensor(shape: [1], scalars: [1])])
    let gradients = Parameters([key: Tensor(shape: [1], scalars: [0.5])])
    var optimizer = fresh
    optimizer.update(&parameters, gradients: gradients, learningRate: 0.1)
    let found = parameters.tensors[key]?.scalars.first ?? .nan
    // A few roundings of numbers of order 1; epsilons of 1e-8 over 0.05.
    #expect(abs(found - expected) < 2e-6, "\(fresh.text): \(found)")
  }

  @Test func recordsSayWhatThereIs() throws {
    let names = SGD().settings.map(\.name)
    #expect(names == ["optimizer", "momentum", "nesterov", "weight_decay"])
    let adam = ["optimizer", "beta1", "beta2", "epsilon", "weight_decay"]
    #expect(Adam().settings.map(\.name) == adam && AdamW().settings.map(\.name) == adam)
    #expect(Nadam().settings.map(\.name) == adam + ["momentum_decay"])
    #expect(RMSProp().settings.map(\.name) == ["optimizer", "smoothing", "epsilon", "momentum", "weight_decay"])
    let settings = SGD(weightDecay: 3.5e-3).settings
    #expect(settings.last?.value == .number(3.5e-3), "and not the nearest number of single precision")
    let data = try JSONEncoder().encode(settings)
    #expect(try JSONDecoder().decode([TrainingSetting].self, from: data) == settings)
  }

  /// A number that happens to be whole comes back from JSON as an integer, and is still the same setting.
  @Test func wholeNumbersAreTheSameInRecords() throws {
    let settings = [
      TrainingSetting("sgd", .number(0)), TrainingSetting("a", .number(7_152_750)), TrainingSetting("b", .integer(3)),
      TrainingSetting("c", Float(0.1)), TrainingSetting("d", .number(1e300)),
    ]
    let again = try JSONDecoder().decode([TrainingSetting].self, from: JSONEncoder().encode(settings))
    #expect(again == settings && Set(again) == Set(settings))
    #expect(again != settings.map { TrainingSetting($0.name, .flag(true)) })
    #expect(HyperparameterValue.integer(3) != .number(3.5) && HyperparameterValue.integer(3) != .text("3"))
    // Beyond what a number holds exactly, integers are compared as integers.
    #expect(HyperparameterValue.integer(1 << 53) != .integer(1 << 53 + 1))
  }

  @Test func everyOptimizerIsMadeFromItsName() throws {
    #expect(OptimizerCatalog.names == ["sgd", "adam", "adamw", "rmsprop", "nadam"])
    let sgd = try SGD(MethodText("sgd:momentum=0.5,nesterov=yes,weight-decay=1e-3"))
    #expect(sgd.momentum == 0.5 && sgd.isNesterov && sgd.weightDecay == 1e-3)
    let adam = try AdamW(MethodText("adamw:beta1=0.8,beta2=0.95,epsilon=1e-3"))
    #expect(adam.beta1 == 0.8 && adam.beta2 == 0.95 && adam.epsilon == 1e-3 && adam.weightDecay == 0.01)
    #expect(throws: HyperparameterError.self) { try Adam(MethodText("adam:beta1=1")) }
    #expect(throws: HyperparameterError.self) { try SGD(MethodText("sgd:momentum=1")) }
    #expect(throws: HyperparameterError.self) { try Adam(MethodText("adam:momentum=0.5")) }
  }
}
