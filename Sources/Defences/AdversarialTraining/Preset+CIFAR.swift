import Attacks
import Networks
import Training

extension Preset {
  private static let threat = ThreatModel(norm: .linf, radius: 8 / 255)
  /// What TRADES, MART and their successors call 8/255.
  private static let roundThreat = ThreatModel(norm: .linf, radius: 0.031)

  /// ε = 8/255, or 0.031, where that is what the paper says.
  static let cifar = [
    Preset(
      "pgd-cifar", "PGD adversarial training, 10 steps of 2/255", reference: "arXiv 1706.06083",
      architecture: "wide-resnet-34-10", threat: threat,
      // 80,000 updates, the rate falling at 40,000 and 60,000.
      loop: loop(epochs: 205, rate: 0.1, .step(milestones: [102, 153], factor: 0.1)),
      optimizer: SGD(momentum: 0.9, weightDecay: 2e-4)
    ) { threat, scale, workers in
      ProjectedGradientTraining(
        threat: TrainingThreat(threat), steps: 10, stepSize: 2 / 255 * scale, workers: workers)
    },
    Preset(
      "fast-cifar", "one step of 10/255 from a random start", reference: "arXiv 2001.03994",
      architecture: "preact-resnet18-cifar:normalize=cifar10", threat: threat,
      loop: loop(epochs: 15, rate: 0.2, .triangular(peak: 0.5)), optimizer: SGD(momentum: 0.9, weightDecay: 5e-4)
    ) { threat, _, workers in
      FastAdversarialTraining(threat: TrainingThreat(threat), clipsStart: true, workers: workers)
    },
    Preset(
      "free-cifar", "free adversarial training, 8 updates with each batch", reference: "arXiv 1904.12843",
      architecture: "preact-resnet18-cifar:normalize=cifar10", threat: threat,
      loop: loop(epochs: 10, rate: 0.04, .triangular(peak: 0.5)), optimizer: SGD(momentum: 0.9, weightDecay: 5e-4)
    ) { threat, _, workers in
      FreeAdversarialTraining(threat: threat, replays: 8, workers: workers)
    },
    Preset(
      "trades-cifar", "TRADES, beta 6, 10 steps of 0.007", reference: "arXiv 1901.08573",
      architecture: "wide-resnet-34-10", threat: roundThreat,
      loop: loop(epochs: 76, rate: 0.1, .step(milestones: [75], factor: 0.1)),
      optimizer: SGD(momentum: 0.9, weightDecay: 2e-4)
    ) { threat, scale, workers in
      Trades(threat: TrainingThreat(threat), beta: 6, steps: 10, stepSize: 0.007 * scale, workers: workers)
    },
    Preset(
      "mart-cifar", "MART, beta 5, 10 steps of 0.007", reference: "Wang et al., ICLR 2020",
      architecture: "resnet18-cifar", threat: roundThreat,
      loop: loop(epochs: 120, rate: 0.01, .step(milestones: [75, 90, 100], factor: 0.1)),
      optimizer: SGD(momentum: 0.9, weightDecay: 3.5e-3)
    ) { threat, scale, workers in
      Mart(attack: pgd(threat, stepSize: 0.007 * scale, workers), beta: 5)
    },
    Preset(
      "awp-cifar", "PGD adversarial training with weight perturbation, gamma 0.01", reference: "arXiv 2004.05884",
      architecture: "preact-resnet18-cifar:normalize=cifar10", threat: threat,
      loop: loop(epochs: 200, rate: 0.1, .step(milestones: [100, 150], factor: 0.1)),
      optimizer: SGD(momentum: 0.9, weightDecay: 5e-4)
    ) { threat, scale, workers in
      WeightPerturbation(pgd(threat, stepSize: 2 / 255 * scale, workers), gamma: 0.01)
    },
    Preset(
      "trades-awp-cifar", "TRADES with weight perturbation, gamma 0.005 after 10 epochs",
      reference: "arXiv 2004.05884", architecture: "wide-resnet-34-10", threat: roundThreat,
      loop: loop(epochs: 200, rate: 0.1, .step(milestones: [100, 150], factor: 0.1)),
      optimizer: SGD(momentum: 0.9, weightDecay: 5e-4)
    ) { threat, scale, workers in
      WeightPerturbation(
        Trades(threat: TrainingThreat(threat), beta: 6, steps: 10, stepSize: 0.007 * scale, workers: workers),
        gamma: 0.005, warmUpEpochs: 10)
    },
    Preset(
      "gradalign-cifar", "FGSM with aligned input gradients, for networks without batch normalisation",
      reference: "arXiv 2007.02617", architecture: "mnist-large", threat: threat,
      // The authors' rate is 0.3 with SGD, for a network with batch normalisation.
      loop: loop(epochs: 30, rate: 3e-3, .triangular(peak: 0.5)), optimizer: Adam()
    ) { threat, _, workers in
      GradientAlignment(threat: TrainingThreat(threat), weight: 0.2, workers: workers)
    },
    gaussianNoise,
  ]

  /// Cohen et al.'s σ = 0.25.
  private static var gaussianNoise: Preset {
    var loop = loop(epochs: 90, rate: 0.1, .step(milestones: [30, 60], factor: 0.1), batchSize: 256)
    loop.augmentations.append(.noise(deviation: 0.25))
    return Preset(
      "gaussian-cifar", "normal noise of deviation 0.25 on every image, for randomised smoothing",
      reference: "arXiv 1902.02918", architecture: "resnet56-cifar:normalize=cifar10", threat: nil, loop: loop,
      optimizer: SGD(momentum: 0.9, weightDecay: 1e-4)
    ) { _, _, _ in
      StandardObjective()
    }
  }

  private static func pgd(
    _ threat: ThreatModel, stepSize: Float, _ workers: Workers
  ) -> ProjectedGradientTraining {
    ProjectedGradientTraining(threat: TrainingThreat(threat), steps: 10, stepSize: stepSize, workers: workers)
  }

  /// Random crops of 4 pixels and flips, as everywhere on CIFAR-10.
  private static func loop(
    epochs: Int, rate: Float, _ schedule: Schedule, batchSize: Int = 128
  ) -> TrainingLoop {
    var loop = TrainingLoop(epochs: epochs, batchSize: batchSize, learningRate: rate, schedule: schedule)
    loop.augmentations = [.crop(padding: 4), .flip]
    return loop
  }
}
