import Compute
import Defences
import Networks
import Testing
import Training

@Suite struct PresetTests {
  @Test(arguments: Preset.all.map(\.name)) func everyPresetMakesAStep(name: String) throws {
    let preset = try Preset.named(name, for: [1, 28, 28])
    #expect(preset.name == name)
    let shape: Shape = preset.family == .mnist ? [1, 28, 28] : [3, 32, 32]
    let network = try Architectures.network(preset.architecture, inputShape: shape, classCount: 10)
    #expect(try network.classCount() == 10)
    for augmentation in preset.loop.augmentations { try augmentation.check(imageShape: shape) }
    let item = try Case(isNormalized: ![.gradientAlignment, .inputGradient].contains(preset.method))
    let sources: [any DifferentiableClassifier] = preset.method == .ensemble ? [item.model] : []
    var near = preset.settings
    if near.radius != nil { near.radius = 0.02 }
    for settings in [preset.settings, near] {
      let objective = try preset.method.objective(settings, sources: sources, workers: Workers(count: 2))
      let pass = try objective.pass(through: item.model, over: item.batch)
      #expect(pass.lossSum.isFinite && pass.lossSum > 0)
      #expect(pass.gradients.tensors.values.contains { $0.scalars.contains { $0 != 0 } })
    }
  }

  @Test func namesAreUniqueAndOthersRefused() throws {
    #expect(Set(Preset.all.map(\.name)).count == Preset.all.count)
    #expect(Preset.all.count == 2 * Preset.titles.count)
    #expect(Set(Preset.all.map(\.method)) == Set(DefenceMethod.allCases))
    #expect(throws: PresetError(name: "magic")) { try Preset.named("magic", for: [1, 8, 8]) }
    #expect(PresetError(name: "magic").description.contains("fast"))
    #expect(try Preset.named("fast", for: [1, 8, 8]).name == "fast-mnist")
    #expect(try Preset.named("fast", for: [3, 64, 64]).name == "fast-cifar")
    #expect(try Preset.named("fast-mnist", for: [3, 64, 64]).name == "fast-mnist")
  }

  @Test func settingsAreThoseOfThePapers() throws {
    let fast = try Preset.named("fast-mnist", for: [1, 28, 28])
    #expect(fast.loop.schedule.factor(atEpoch: 4, of: 10) == 1 && fast.loop.learningRate == 5e-3)
    #expect(fast.settings.stepSize == 0.375 && fast.loop.largestRobustnessLoss == 0.2)
    let noisy = try Preset.named("n-fgsm-cifar", for: [3, 32, 32])
    let step = try #require(try noisy.method.objective(noisy.settings) as? NoisyFastAdversarialTraining)
    #expect(step.noise == 2 && step.stepSize == 8 / 255 && step.threat.model.radius == 8 / 255)
    #expect(noisy.loop.epochs == 30 && noisy.loop.learningRate == 0.2 && noisy.loop.batchSize == 128)
    #expect(noisy.loop.schedule == .triangular(peak: 0.5) && noisy.optimizer.weightDecay == 5e-4)
    #expect(try Preset.named("n-fgsm-mnist", for: [1, 28, 28]).loop.largestRobustnessLoss == 0.2)
    let trades = try Preset.named("trades-cifar", for: [3, 32, 32])
    let objective = try #require(try trades.method.objective(trades.settings) as? Trades)
    #expect(objective.beta == 6 && objective.steps == 10 && objective.stepSize == 0.007)
    #expect(objective.threat.model.radius == 0.031)
    let free = try Preset.named("free-cifar", for: [3, 32, 32])
    #expect(try free.method.objective(free.settings).replays == 8 && free.loop.epochs == 10)
    for name in ["distillation-mnist", "distillation-cifar"] {
      let preset = try Preset.named(name, for: [1, 28, 28])
      let distillation = try #require(try preset.method.objective(preset.settings) as? DefensiveDistillation)
      #expect(distillation.temperature == 20 && distillation.teacher == nil)
      #expect(preset.loop.epochs == 50 && preset.loop.batchSize == 128)
    }
    for preset in Preset.all where preset.settings.radius != nil { #expect(preset.loop.selection == .bestRobust) }
    for preset in Preset.all where preset.settings.radius == nil { #expect(preset.loop.selection == .last) }
  }

  @Test func stepsKeepTheirRatioToTheRadius() throws {
    var madry = try Preset.named("pgd-mnist", for: [1, 28, 28])
    var given = DefenceSettings()
    given.radius = 0.15
    #expect(madry.settings.replace(by: given).isEmpty)
    // Two roundings of single precision.
    #expect(madry.settings.radius == 0.15 && abs((madry.settings.stepSize ?? 0) - 0.005) < 1e-9)
    given.stepSize = 0.02
    given.beta = 3
    #expect(madry.settings.replace(by: given) == ["beta"] && madry.settings.stepSize != 0.02)
    given.beta = nil
    #expect(madry.settings.replace(by: given).isEmpty && madry.settings.stepSize == 0.02)
  }

  @Test func whatIsCountedInEpochsKeepsItsShare() throws {
    var preset = try Preset.named("trades-awp-cifar", for: [3, 32, 32])
    preset.changeEpochs(to: 20)
    #expect(preset.loop.schedule == .step(milestones: [10, 15], factor: 0.1) && preset.settings.gammaWarmUp == 1)
    var ramp = try Preset.named("curriculum-mnist", for: [1, 28, 28])
    ramp.changeEpochs(to: 8)
    #expect(ramp.settings.rampEpochs == 2 && ramp.loop.epochs == 8)
  }

  @Test func pixelsOfAnotherRange() throws {
    var preset = try Preset.named("fast-mnist", for: [1, 28, 28])
    preset.scale(toPixelsOfWidth: 255)
    #expect(preset.settings.radius == 76.5 && preset.settings.stepSize == 95.625)
  }

  /// The penalised square of the gradient and the difference that takes its derivative change with the unit of pixels, so
  /// that training does not.
  @Test func inputGradientsOfPixelsOfAnotherRange() throws {
    var preset = try Preset.named("input-gradient-mnist", for: [1, 28, 28])
    preset.scale(toPixelsOfWidth: 255)
    let penalty: Float = 110 * 255 * 255
    #expect(preset.settings.penalty == penalty)
    let objective = try #require(
      try preset.method.objective(preset.settings, bounds: 0...255) as? InputGradientRegularization)
    // Products of single precision.
    #expect(objective.weight == penalty && abs(objective.difference - 0.255) < 1e-7)
  }

  @Test(arguments: DefenceMethod.allCases) func otherModelsWhereTheyAreTrainedWith(method: DefenceMethod) throws {
    let preset = try #require(Preset.all.first { $0.method == method })
    let model = try Case(isNormalized: false).model
    let allowed: Set<Int> =
      switch method {
      case .ensemble: [1, 2]
      case .distillation: [0, 1]
      default: [0]
      }
    for count in 0...2 {
      let sources: [any DifferentiableClassifier] = Array(repeating: model, count: count)
      if allowed.contains(count) {
        let objective = try method.objective(preset.settings, sources: sources)
        if method == .distillation {
          #expect(((objective as? DefensiveDistillation)?.teacher != nil) == (count == 1))
        }
      } else {
        #expect(throws: TrainingError.self) { try method.objective(preset.settings, sources: sources) }
      }
    }
  }

  @Test func settingsOutOfRangeAreRefused() {
    let changes: [(inout DefenceSettings) -> Void] = [
      { $0.radius = 0 }, { $0.radius = .nan }, { $0.radius = -.infinity }, { $0.steps = 0 }, { $0.stepSize = 0 },
      { $0.beta = -1 }, { $0.beta = .nan }, { $0.gamma = 2 }, { $0.replays = 0 }, { $0.share = 1.5 },
      { $0.sigma = 0 }, { $0.noise = -1 }, { $0.noise = .nan }, { $0.temperature = 0 }, { $0.temperature = .nan },
      { $0.labelSmoothing = 1 }, { $0.rampEpochs = .nan }, { $0.norm = .l0 },
    ]
    for (index, change) in changes.enumerated() {
      var settings = DefenceSettings()
      change(&settings)
      #expect(throws: TrainingError.self, "\(index)") { try settings.check() }
    }
  }

  @Test func whatAMethodNeedsHasToBeThere() {
    for method in DefenceMethod.allCases where method != .gaussian {
      #expect(throws: TrainingError.self, "\(method)") { try method.objective(DefenceSettings()) }
    }
  }

  @Test func weightsArePerturbedOnTopOfAnyMethodWithAttacks() throws {
    for title in ["pgd", "fast", "n-fgsm", "trades", "mart", "alp"] {
      var preset = try Preset.named(title, for: [1, 28, 28])
      let plain = try preset.method.objective(preset.settings)
      preset.settings.gamma = 0.01
      let perturbed = try preset.method.objective(preset.settings)
      #expect(type(of: plain) != type(of: perturbed) && "\(type(of: perturbed))".hasPrefix("WeightPerturbation<"))
    }
  }

  /// A few epochs of fast adversarial training by the loop: the weights are the same whatever the number of workers.
  @Test func aRunDoesNotDependOnWorkers() throws {
    func weights(workers: Int) throws -> Parameters {
      let item = try Case(isNormalized: true, count: 24, workers: workers)
      let objective = FastAdversarialTraining(
        threat: TrainingThreat(ThreatModel(norm: .linf, radius: 0.05)), workers: Workers(count: workers))
      var optimizer = Adam()
      _ = try TrainingLoop(epochs: 2, batchSize: 10, learningRate: 0.01)
        .run(item.model, on: item.batch.examples, objective: objective, optimizer: &optimizer)
      return item.model.parameters
    }
    #expect(try weights(workers: 1) == weights(workers: 3))
  }
}
