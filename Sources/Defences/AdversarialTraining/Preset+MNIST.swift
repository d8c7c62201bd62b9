import Hyperparameters
import Networks
import Training

extension Preset {
  /// ε = 0.3.
  static let mnist = [
    madry(ProjectedGradientTraining(steps: 40, stepSize: 0.01)),
    madry(
      ProjectedGradientTraining(
        threat: TrainingThreat(radius: 0.3, rampEpochs: Double(madryLoop.epochs) / 4), steps: 40, stepSize: 0.01),
      as: .curriculum),
    Preset(
      .mnist, FastAdversarialTraining(threat: TrainingThreat(radius: 0.3), stepSize: 0.375),
      architecture: "mnist-small", loop: guarded(fastLoop), optimizer: Adam()),
    // The authors take a step of two thirds of the radius where that is large (SVHN at 12/255), and a rising radius.
    Preset(
      .mnist,
      NoisyFastAdversarialTraining(threat: TrainingThreat(radius: 0.3, rampEpochs: 4), noise: 1, stepSize: 0.2),
      remark: "no published settings for MNIST, where those for CIFAR-10 learn nothing or collapse; found here",
      architecture: "mnist-small", loop: guarded(fastLoop), optimizer: Adam()),
    // Takes the time of `fast` with its ten epochs of one step.
    Preset(
      .mnist,
      ProjectedGradientTraining(threat: TrainingThreat(radius: 0.3, rampEpochs: 2), steps: 2, stepSize: 0.2),
      as: .quick, remark: "found here, by robust accuracy on images set apart", architecture: "mnist-small",
      loop: fastLoop(epochs: 7), optimizer: Adam()),
    Preset(
      .mnist, FreeAdversarialTraining(threat: TrainingThreat(radius: 0.3), replays: 8),
      remark: "no published settings for MNIST; those of fast-mnist with 8 replays", architecture: "mnist-small",
      loop: fastLoop, optimizer: Adam()),
    trades(Trades(threat: TrainingThreat(radius: 0.3), beta: 1, steps: 40, stepSize: 0.01)),
    trades(
      Mart(attack: ProjectedGradientTraining(steps: 40, stepSize: 0.01), beta: 5),
      remark: "the schedule of trades-mnist"),
    madry(
      ProjectedGradientTraining(steps: 40, stepSize: 0.01, perturbation: WeightPerturbationSize(gamma: 0.01)),
      as: .awp, remark: "the settings of pgd-mnist"),
    trades(
      Trades(
        threat: TrainingThreat(radius: 0.3), beta: 1, steps: 40, stepSize: 0.01,
        perturbation: WeightPerturbationSize(gamma: 0.005, warmUpEpochs: 5)),
      as: .tradesAWP, remark: "the settings of trades-mnist"),
    madry(LogitPairing(attack: ProjectedGradientTraining(steps: 40, stepSize: 0.01), weight: 0.5)),
    Preset(
      .mnist, MixedTraining(threat: TrainingThreat(radius: 0.3), share: 0.5), architecture: "mnist-small",
      loop: fastLoop, optimizer: Adam()),
    Preset(
      .mnist, EnsembleTraining(threat: TrainingThreat(radius: 0.3)), remark: "the schedule of fast-mnist",
      architecture: "mnist-small", loop: fastLoop, optimizer: Adam()),
    Preset(
      .mnist, GradientAlignment(threat: TrainingThreat(radius: 0.3), weight: 0.2),
      remark: "the schedule of fast-mnist", architecture: "mnist-small", loop: fastLoop, optimizer: Adam()),
    Preset(
      .mnist, InputGradientRegularization(weight: 110),
      remark:
        "the authors' 56,234 / (2 * 256), for theirs is on a batch's mean; without batch normalisation 1 may do better",
      architecture: "mnist-madry", loop: TrainingLoop(epochs: 70, batchSize: 256, learningRate: 2e-4),
      optimizer: Adam()),
    Preset(
      .mnist, DefensiveDistillation(temperature: 20), remark: "the loss is the temperature times the paper's",
      architecture: "mnist-trades", loop: TrainingLoop(epochs: 50, batchSize: 128, learningRate: 0.1),
      optimizer: SGD(momentum: 0.5)),
    Preset(
      .mnist, GaussianNoiseTraining(), remark: "the schedule of fast-mnist", architecture: "mnist-small",
      loop: fastLoop, optimizer: Adam()),
  ]

  private static func madry(
    _ defence: any TrainingDefence, as method: Method? = nil, remark: String? = nil
  ) -> Preset {
    Preset(
      .mnist, defence, as: method, remark: remark, architecture: "mnist-madry", loop: madryLoop, optimizer: Adam())
  }

  private static func trades(
    _ defence: any TrainingDefence, as method: Method? = nil, remark: String? = nil
  ) -> Preset {
    Preset(
      .mnist, defence, as: method, remark: remark, architecture: "mnist-trades", loop: tradesLoop, optimizer: SGD())
  }

  /// 100,000 updates with 50 images of the 55,000 that TensorFlow keeps for training.
  private static let madryLoop = TrainingLoop(epochs: 91, batchSize: 50, learningRate: 1e-4, selection: .bestRobust)

  private static let fastLoop = fastLoop(epochs: 10)

  private static func fastLoop(epochs: Int) -> TrainingLoop {
    TrainingLoop(
      epochs: epochs, batchSize: 100, learningRate: 5e-3, schedule: TriangularSchedule(peak: 0.4),
      selection: .bestRobust)
  }

  private static let tradesLoop = TrainingLoop(
    epochs: 100, batchSize: 128, learningRate: 0.01, schedule: StepSchedule(milestones: [55, 75, 90], factor: 0.1),
    selection: .bestRobust)

  /// The authors of fast adversarial training stop where accuracy under a short PGD falls by 20 points.
  static func guarded(_ loop: TrainingLoop) -> TrainingLoop {
    var loop = loop
    loop.largestRobustnessLoss = 0.2
    return loop
  }
}
