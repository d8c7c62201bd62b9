import Compute
import Defences
import Hyperparameters
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
    let method = type(of: preset.defence).method.name
    let item = try Case(isNormalized: !["grad-align", "input-gradient"].contains(method))
    let sources: [any DifferentiableClassifier] = method == "ensemble" ? [item.model] : []
    var near = preset.defence
    if preset.threat != nil { try near.replace([("eps", "0.02")]) }
    for defence in [preset.defence, near] {
      let objective = try defence.objective(sources: sources, workers: Workers(count: 2))
      let pass = try objective.pass(through: item.model, over: item.batch)
      #expect(pass.lossSum.isFinite && pass.lossSum > 0)
      #expect(pass.gradients.tensors.values.contains { $0.scalars.contains { $0 != 0 } })
    }
  }

  @Test func namesAreUniqueAndOthersRefused() throws {
    #expect(Set(Preset.all.map(\.name)).count == Preset.all.count)
    #expect(Preset.all.count == 2 * Preset.titles.count)
    let used = Set(Preset.all.map { type(of: $0.defence).method.name })
    #expect(used == Set(DefenceCatalog.methods.map { $0.method.name }))
    #expect(throws: PresetError(name: "magic", known: Preset.titles)) { try Preset.named("magic", for: [1, 8, 8]) }
    #expect(PresetError(name: "magic", known: Preset.titles).description.contains("fast"))
    #expect(try Preset.named("fast", for: [1, 8, 8]).name == "fast-mnist")
    #expect(try Preset.named("fast", for: [3, 64, 64]).name == "fast-cifar")
    #expect(try Preset.named("fast-mnist", for: [3, 64, 64]).name == "fast-mnist")
  }

  @Test func settingsAreThoseOfThePapers() throws {
    let fast = try Preset.named("fast-mnist", for: [1, 28, 28])
    #expect(fast.loop.schedule.factor(atEpoch: 4, of: 10) == 1 && fast.loop.learningRate == 5e-3)
    #expect((fast.defence as? FastAdversarialTraining)?.stepSize == 0.375 && fast.loop.largestRobustnessLoss == 0.2)
    let noisy = try Preset.named("n-fgsm-cifar", for: [3, 32, 32])
    let step = try #require(try noisy.defence.objective() as? NoisyFastAdversarialTraining)
    #expect(step.noise == 2 && step.stepSize == 8 / 255 && step.threat.model.radius == 8 / 255)
    #expect(noisy.loop.epochs == 30 && noisy.loop.learningRate == 0.2 && noisy.loop.batchSize == 128)
    #expect(
      noisy.loop.schedule as? TriangularSchedule == TriangularSchedule(peak: 0.5)
        && (noisy.optimizer as? SGD)?.weightDecay == 5e-4)
    #expect(try Preset.named("n-fgsm-mnist", for: [1, 28, 28]).loop.largestRobustnessLoss == 0.2)
    let trades = try Preset.named("trades-cifar", for: [3, 32, 32])
    let objective = try #require(try trades.defence.objective() as? Trades)
    #expect(objective.beta == 6 && objective.steps == 10 && objective.stepSize == 0.007)
    #expect(objective.threat.model.radius == 0.031)
    let free = try Preset.named("free-cifar", for: [3, 32, 32])
    #expect(try free.defence.objective().replays == 8 && free.loop.epochs == 10)
    for name in ["distillation-mnist", "distillation-cifar"] {
      let preset = try Preset.named(name, for: [1, 28, 28])
      let distillation = try #require(try preset.defence.objective() as? DefensiveDistillation)
      #expect(distillation.temperature == 20 && distillation.teacher == nil)
      #expect(preset.loop.epochs == 50 && preset.loop.batchSize == 128)
    }
    for preset in Preset.all where preset.threat != nil { #expect(preset.loop.selection == .bestRobust) }
    for preset in Preset.all where preset.threat == nil { #expect(preset.loop.selection == .last) }
  }

  @Test func stepsKeepTheirRatioToTheRadius() throws {
    var madry = try #require(try Preset.named("pgd-mnist", for: [1, 28, 28]).defence as? ProjectedGradientTraining)
    try madry.replace([("eps", "0.15")])
    // Two roundings of single precision.
    #expect(madry.threat.radius == 0.15 && abs((madry.stepSize ?? 0) - 0.005) < 1e-9)
    #expect(throws: HyperparameterError.self) { try madry.replace([("beta", "3")]) }
    try madry.replace([("eps", "0.15"), ("step-size", "0.02")])
    #expect(madry.stepSize == 0.02)
    // The attack of a method that makes one of its own.
    var mart = Mart(attack: ProjectedGradientTraining(threat: TrainingThreat(radius: 0.2), stepSize: 0.02))
    try mart.replace([("eps", "0.1"), ("beta", "3")])
    #expect(abs((mart.attack.stepSize ?? 0) - 0.01) < 1e-9 && mart.beta == 3)
  }

  @Test func whatIsCountedInEpochsKeepsItsShare() throws {
    var preset = try Preset.named("trades-awp-cifar", for: [3, 32, 32])
    preset.changeEpochs(to: 20)
    #expect(
      preset.loop.schedule as? StepSchedule == StepSchedule(milestones: [10, 15], factor: 0.1)
        && (preset.defence as? Trades)?.perturbation.warmUpEpochs == 1)
    var ramp = try Preset.named("curriculum-mnist", for: [1, 28, 28])
    ramp.changeEpochs(to: 8)
    #expect(ramp.threat?.rampEpochs == 2 && ramp.loop.epochs == 8)
  }

  @Test func pixelsOfAnotherRange() throws {
    var preset = try Preset.named("fast-mnist", for: [1, 28, 28])
    preset.scale(toPixelsOfWidth: 255)
    #expect(preset.threat?.radius == 76.5 && (preset.defence as? FastAdversarialTraining)?.stepSize == 95.625)
  }

  /// The penalised square of the gradient and the difference that takes its derivative change with the unit of pixels, so
  /// that training does not.
  @Test func inputGradientsOfPixelsOfAnotherRange() throws {
    var preset = try Preset.named("input-gradient-mnist", for: [1, 28, 28])
    preset.scale(toPixelsOfWidth: 255)
    let penalty: Float = 110 * 255 * 255
    #expect((preset.defence as? InputGradientRegularization)?.weight == penalty)
    let objective = try #require(
      try preset.defence.objective(bounds: 0...255) as? InputGradientRegularization)
    // Products of single precision.
    #expect(objective.weight == penalty && abs(objective.difference - 0.255) < 1e-7)
  }

  @Test(arguments: DefenceCatalog.methods.map { $0.method.name })
  func otherModelsWhereTheyAreTrainedWith(name: String) throws {
    let preset = try #require(Preset.all.first { type(of: $0.defence).method.name == name })
    let model = try Case(isNormalized: false).model
    let allowed: Set<Int> =
      switch name {
      case "ensemble": [1, 2]
      case "distillation": [0, 1]
      default: [0]
      }
    for count in 0...2 {
      let sources: [any DifferentiableClassifier] = Array(repeating: model, count: count)
      if allowed.contains(count) {
        let objective = try preset.defence.objective(sources: sources)
        if name == "distillation" {
          #expect(((objective as? DefensiveDistillation)?.teacher != nil) == (count == 1))
        }
      } else {
        #expect(throws: TrainingError.self) { try preset.defence.objective(sources: sources) }
      }
    }
  }

  /// Typed, and set by a program.
  @Test(arguments: [
    "pgd:eps=0", "pgd:eps=nan", "pgd:eps=-inf", "pgd:steps=0", "pgd:step-size=0", "trades:beta=-1", "mart:beta=nan",
    "fast:awp-gamma=2", "free:replays=0", "mixture:share=1.5", "gaussian:sigma=0", "n-fgsm:noise=-1",
    "n-fgsm:noise=nan", "distillation:temperature=0", "distillation:temperature=nan", "pgd:label-smoothing=1",
    "pgd:ramp-epochs=nan", "pgd:norm=l0", "input-gradient:penalty=-1",
  ])
  func valuesOutOfRangeAreRefused(text: String) throws {
    let text = try MethodText(text)
    var defence = try Preset.named(text.name, for: [1, 28, 28]).defence
    #expect(throws: HyperparameterError.self) {
      try defence.replace(text.values.map { (name: $0.key, value: $0.value) })
    }
  }

  @Test func valuesThatAProgramSetsAreChecked() {
    #expect(throws: HyperparameterError.self) { try Trades(beta: -1).objective() }
    #expect(throws: HyperparameterError.self) { try Trades(threat: TrainingThreat(radius: .nan)).objective() }
    let attack = ProjectedGradientTraining(threat: TrainingThreat(ThreatModel(norm: .l0, radius: 3)))
    #expect(throws: HyperparameterError.self) { try attack.objective() }
    #expect(throws: HyperparameterError.self) { try Mart(attack: attack).objective() }
    #expect(throws: HyperparameterError.self) {
      try ProjectedGradientTraining(loss: .crossEntropy(labelSmoothing: 1)).objective()
    }
  }

  /// What records call the hyper-parameters, of every method; checkpoints of earlier versions are compared with it.
  @Test func recordsKeepTheirNames() throws {
    let attack = ["norm", "eps", "ramp_epochs", "steps", "step_size"]
    let projected = attack + ["random_start"]
    let expected = [
      "pgd": projected + ["awp_gamma", "awp_warmup", "label_smoothing"],
      "fast": ["norm", "eps", "ramp_epochs", "step_size", "clips_start", "awp_gamma", "label_smoothing"],
      "n-fgsm": ["norm", "eps", "ramp_epochs", "step_size", "noise", "awp_gamma", "label_smoothing"],
      "free": ["norm", "eps", "replays", "label_smoothing"],
      "trades": attack + ["beta", "awp_gamma", "awp_warmup"],
      "mart": projected + ["beta", "awp_gamma", "awp_warmup"],
      "alp": projected + ["penalty", "awp_gamma", "awp_warmup"], "mixture": ["norm", "eps", "ramp_epochs", "share"],
      "ensemble": ["norm", "eps", "ramp_epochs", "share"],
      "grad-align": ["norm", "eps", "ramp_epochs", "penalty", "difference"],
      "input-gradient": ["penalty", "difference"], "distillation": ["temperature"],
      "gaussian": ["sigma", "label_smoothing"],
    ]
    for preset in Preset.all {
      let names = preset.defence.recordedSettings.map(\.name)
      #expect(names == expected[type(of: preset.defence).method.name], "\(preset.name)")
    }
  }

  @Test func weightsArePerturbedOnTopOfAnyMethodWithAttacks() throws {
    for title in ["pgd", "fast", "n-fgsm", "trades", "mart", "alp"] {
      var defence = try Preset.named(title, for: [1, 28, 28]).defence
      let plain = try defence.objective()
      try defence.replace([("awp-gamma", "0.01")])
      let perturbed = try defence.objective()
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
