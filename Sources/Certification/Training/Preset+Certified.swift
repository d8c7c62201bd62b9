public import Training

extension Preset {
  /// Training for certification by bounds: the settings of Shi et al., arXiv 2103.17268, for MNIST.
  ///
  /// They have batch normalisation beside these; on CIFAR-10 they need 160 epochs.
  public static let certified: [Preset] = [
    mnist(IntervalBoundTraining(digits)),
    mnist(CrownIntervalTraining(digits)),
    mnist(SmallBoxTraining(digits, boxShare: 0.6)),
    mnist(MixedBoundTraining(digits, alpha: 0.08)),
    cifar(IntervalBoundTraining(photographs)),
    cifar(CrownIntervalTraining(photographs)),
    cifar(SmallBoxTraining(photographs, boxShare: 0.7)),
    cifar(MixedBoundTraining(photographs, alpha: 0.5)),
  ]

  private static let digits = RadiusRamp(radius: 0.3, rampEpochs: 20, regularization: 0.5)
  private static let photographs = RadiusRamp(radius: 8 / 255, rampEpochs: 80, regularization: 0.5)

  private static func mnist(_ defence: any IntervalTraining) -> Preset {
    Preset(
      .mnist, defence, remark: remark, architecture: "mnist-small", loop: loop(epochs: 70, drops: [50, 60]),
      optimizer: Adam())
  }

  private static func cifar(_ defence: any IntervalTraining) -> Preset {
    var loop = loop(epochs: 160, drops: [120, 140])
    loop.augmentations = [RandomCrop(padding: 4), HorizontalFlip()]
    return Preset(
      .cifar, defence, remark: remark, architecture: "mnist-ibp-medium", loop: loop, optimizer: Adam())
  }

  private static let remark = "the schedule of Shi et al., arXiv 2103.17268, without batch normalisation"

  private static func loop(epochs: Int, drops: [Int]) -> TrainingLoop {
    var loop = TrainingLoop(
      epochs: epochs, batchSize: 256, learningRate: 5e-4, schedule: StepSchedule(milestones: drops, factor: 0.2))
    loop.gradientClipping = .norm(10)
    return loop
  }
}
