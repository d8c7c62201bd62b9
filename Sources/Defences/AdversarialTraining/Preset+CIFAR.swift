import Hyperparameters
import Networks
import Training

extension Preset {
  /// ε = 8/255, or 0.031, where that is what the paper says.
  static let cifar = [
    madry(ProjectedGradientTraining(threat: TrainingThreat(radius: 8 / 255), steps: 10, stepSize: 2 / 255)),
    madry(
      ProjectedGradientTraining(
        threat: TrainingThreat(radius: 8 / 255, rampEpochs: Double(madryLoop.epochs) / 4), steps: 10,
        stepSize: 2 / 255),
      as: .curriculum),
    preactivation(
      FastAdversarialTraining(threat: TrainingThreat(radius: 8 / 255), stepSize: 10 / 255, clipsStart: true),
      loop: guarded(triangle(epochs: 15, rate: 0.2))),
    preactivation(
      NoisyFastAdversarialTraining(threat: TrainingThreat(radius: 8 / 255), noise: 2, stepSize: 8 / 255),
      loop: guarded(triangle(epochs: 30, rate: 0.2))),
    preactivation(
      ProjectedGradientTraining(
        threat: TrainingThreat(radius: 8 / 255, rampEpochs: 3), steps: 2, stepSize: 16 / 765),
      as: .quick, remark: "the ratios of quick-mnist with the schedule of fast-cifar",
      loop: triangle(epochs: 10, rate: 0.2)),
    preactivation(
      FreeAdversarialTraining(threat: TrainingThreat(radius: 8 / 255), replays: 8),
      loop: triangle(epochs: 10, rate: 0.04)),
    Preset(
      .cifar, Trades(threat: TrainingThreat(radius: 0.031), beta: 6, steps: 10, stepSize: 0.007),
      architecture: "wide-resnet-34-10",
      loop: loop(epochs: 76, rate: 0.1, StepSchedule(milestones: [75], factor: 0.1)),
      optimizer: SGD(weightDecay: 2e-4)),
    Preset(
      .cifar,
      Mart(
        attack: ProjectedGradientTraining(threat: TrainingThreat(radius: 0.031), steps: 10, stepSize: 0.007), beta: 5),
      architecture: "resnet18-cifar",
      loop: loop(epochs: 120, rate: 0.01, StepSchedule(milestones: [75, 90, 100], factor: 0.1)),
      optimizer: SGD(weightDecay: 3.5e-3)),
    preactivation(
      ProjectedGradientTraining(
        threat: TrainingThreat(radius: 8 / 255), steps: 10, stepSize: 2 / 255,
        perturbation: WeightPerturbationSize(gamma: 0.01)),
      as: .awp, loop: perturbationLoop),
    Preset(
      .cifar,
      Trades(
        threat: TrainingThreat(radius: 0.031), beta: 6, steps: 10, stepSize: 0.007,
        perturbation: WeightPerturbationSize(gamma: 0.005, warmUpEpochs: 10)),
      as: .tradesAWP, architecture: "wide-resnet-34-10", loop: perturbationLoop, optimizer: SGD(weightDecay: 5e-4)),
    madry(
      LogitPairing(
        attack: ProjectedGradientTraining(threat: TrainingThreat(radius: 8 / 255), steps: 10, stepSize: 2 / 255),
        weight: 0.5),
      remark: "the schedule of pgd-cifar"),
    preactivation(
      MixedTraining(threat: TrainingThreat(radius: 8 / 255), share: 0.5), remark: "the schedule of fast-cifar",
      loop: triangle(epochs: 15, rate: 0.2)),
    preactivation(
      EnsembleTraining(threat: TrainingThreat(radius: 8 / 255)), remark: "the schedule of fast-cifar",
      loop: triangle(epochs: 15, rate: 0.2)),
    Preset(
      .cifar, GradientAlignment(threat: TrainingThreat(radius: 8 / 255), weight: 0.2),
      remark: "Adam instead of SGD at 0.3, for want of batch normalisation", architecture: "mnist-large",
      loop: triangle(epochs: 30, rate: 3e-3), optimizer: Adam()),
    Preset(
      .cifar, InputGradientRegularization(weight: 20),
      remark: "no published settings for CIFAR-10; those of the paper's code for SVHN, without its batch normalisation",
      architecture: "mnist-madry", loop: TrainingLoop(epochs: 77, batchSize: 256, learningRate: 2e-4),
      optimizer: Adam()),
    Preset(
      .cifar, DefensiveDistillation(temperature: 20),
      remark: "the loss is the temperature times the paper's, momentum does not fall, the network is half as wide",
      architecture: "mnist-trades",
      loop: TrainingLoop(
        epochs: 50, batchSize: 128, learningRate: 0.01,
        schedule: StepSchedule(milestones: [10, 20, 30, 40], factor: 0.5)),
      optimizer: SGD(momentum: 0.9)),
    Preset(
      .cifar, GaussianNoiseTraining(), architecture: "resnet56-cifar:normalize=cifar10",
      loop: loop(epochs: 90, rate: 0.1, StepSchedule(milestones: [30, 60], factor: 0.1), batchSize: 256),
      optimizer: SGD(weightDecay: 1e-4)),
  ]

  private static func madry(_ defence: any TrainingDefence, as method: Method? = nil, remark: String? = nil) -> Preset {
    Preset(
      .cifar, defence, as: method, remark: remark, architecture: "wide-resnet-34-10", loop: madryLoop,
      optimizer: SGD(weightDecay: 2e-4))
  }

  private static func preactivation(
    _ defence: any TrainingDefence, as method: Method? = nil, remark: String? = nil, loop: TrainingLoop
  ) -> Preset {
    Preset(
      .cifar, defence, as: method, remark: remark, architecture: "preact-resnet18-cifar:normalize=cifar10",
      loop: loop, optimizer: SGD(weightDecay: 5e-4))
  }

  /// 80,000 updates, the rate falling at 40,000 and 60,000.
  private static let madryLoop = loop(epochs: 205, rate: 0.1, StepSchedule(milestones: [102, 153], factor: 0.1))

  private static let perturbationLoop = loop(
    epochs: 200, rate: 0.1, StepSchedule(milestones: [100, 150], factor: 0.1))

  private static func triangle(epochs: Int, rate: Float) -> TrainingLoop {
    loop(epochs: epochs, rate: rate, TriangularSchedule(peak: 0.5))
  }

  /// Random crops of 4 pixels and flips, as everywhere on CIFAR-10.
  private static func loop(
    epochs: Int, rate: Float, _ schedule: any Schedule, batchSize: Int = 128
  ) -> TrainingLoop {
    var loop = TrainingLoop(
      epochs: epochs, batchSize: batchSize, learningRate: rate, schedule: schedule, selection: .bestRobust)
    loop.augmentations = [RandomCrop(padding: 4), HorizontalFlip()]
    return loop
  }
}
