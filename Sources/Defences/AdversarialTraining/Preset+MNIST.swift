import Attacks
import Networks
import Training

extension Preset {
  private static let threat = ThreatModel(norm: .linf, radius: 0.3)

  /// ε = 0.3.
  static let mnist = [
    Preset(
      "pgd-mnist", "PGD adversarial training, 40 steps of 0.01", reference: "arXiv 1706.06083",
      architecture: "mnist-madry", threat: threat, loop: madryLoop, optimizer: Adam()
    ) { threat, scale, workers in
      ProjectedGradientTraining(
        threat: TrainingThreat(threat), steps: 40, stepSize: 0.01 * scale, workers: workers)
    },
    Preset(
      "curriculum-mnist", "PGD adversarial training, the radius rising over the first quarter",
      reference: "arXiv 1706.06083", architecture: "mnist-madry", threat: threat, loop: madryLoop, optimizer: Adam()
    ) { threat, scale, workers in
      ProjectedGradientTraining(
        threat: TrainingThreat(threat, rampEpochs: Double(madryLoop.epochs) / 4), steps: 40, stepSize: 0.01 * scale,
        workers: workers)
    },
    Preset(
      "fast-mnist", "one step of 0.375 from a random start", reference: "arXiv 2001.03994",
      architecture: "mnist-small", threat: threat, loop: fastLoop, optimizer: Adam()
    ) { threat, _, workers in
      FastAdversarialTraining(threat: TrainingThreat(threat), workers: workers)
    },
    Preset(
      "trades-mnist", "TRADES, beta 1, 40 steps of 0.01", reference: "arXiv 1901.08573",
      architecture: "mnist-trades", threat: threat,
      loop: TrainingLoop(
        epochs: 100, batchSize: 128, learningRate: 0.01, schedule: .step(milestones: [55, 75, 90], factor: 0.1)),
      optimizer: SGD(momentum: 0.9)
    ) { threat, scale, workers in
      Trades(threat: TrainingThreat(threat), beta: 1, steps: 40, stepSize: 0.01 * scale, workers: workers)
    },
    Preset(
      "alp-mnist", "adversarial logit pairing, weight 0.5, 40 steps of 0.01", reference: "arXiv 1803.06373",
      architecture: "mnist-madry", threat: threat, loop: madryLoop, optimizer: Adam()
    ) { threat, scale, workers in
      LogitPairing(
        attack: ProjectedGradientTraining(
          threat: TrainingThreat(threat), steps: 40, stepSize: 0.01 * scale, workers: workers))
    },
    Preset(
      "fgsm-mixture-mnist", "clean and FGSM images in equal parts: the historic form, weak against PGD",
      reference: "arXiv 1412.6572", architecture: "mnist-small", threat: threat, loop: fastLoop, optimizer: Adam()
    ) { threat, _, workers in
      MixedTraining(attack: FastGradient(), threat: TrainingThreat(threat), workers: workers)
    },
  ]

  /// 100,000 updates with 50 images of the 55,000 that TensorFlow keeps for training.
  private static let madryLoop = TrainingLoop(epochs: 91, batchSize: 50, learningRate: 1e-4)

  private static var fastLoop: TrainingLoop {
    TrainingLoop(epochs: 10, batchSize: 100, learningRate: 5e-3, schedule: .triangular(peak: 0.4))
  }
}
