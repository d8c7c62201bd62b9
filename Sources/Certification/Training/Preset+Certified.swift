public import Training

extension Preset {
  /// Training for certification by bounds: the settings of Shi et al., arXiv 2103.17268, for MNIST.
  ///
  /// They have batch normalisation and regularisers of their own beside these; on CIFAR-10 they need 160 epochs.
  public static let certified: [Preset] = [
    mnist(IntervalBoundTraining(RadiusRamp(radius: 0.3, rampEpochs: 20))),
    mnist(SmallBoxTraining(RadiusRamp(radius: 0.3, rampEpochs: 20), boxShare: 0.6)),
    mnist(MixedBoundTraining(RadiusRamp(radius: 0.3, rampEpochs: 20), alpha: 0.08)),
    cifar(IntervalBoundTraining(RadiusRamp(radius: 8 / 255, rampEpochs: 80))),
    cifar(SmallBoxTraining(RadiusRamp(radius: 8 / 255, rampEpochs: 80), boxShare: 0.7)),
    cifar(MixedBoundTraining(RadiusRamp(radius: 8 / 255, rampEpochs: 80), alpha: 0.5)),
  ]

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
