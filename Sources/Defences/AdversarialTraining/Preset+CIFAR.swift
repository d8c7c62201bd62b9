import Training

extension Preset {
  /// ε = 8/255, or 0.031, where that is what the paper says.
  static let cifar = [
    pgd("pgd", "projected gradient descent: adversarial images alone") { _ in },
    pgd("curriculum", "projected gradient descent, the radius rising over the first quarter") {
      $0.rampEpochs = Double(madryLoop.epochs) / 4
    },
    fast,
    noisyFast,
    Preset(
      "quick", .cifar, "projected gradient descent of two steps, the radius rising at first",
      reference: "arXiv 1706.06083",
      remark: "the ratios of quick-mnist with the schedule of fast-cifar",
      architecture: "preact-resnet18-cifar:normalize=cifar10", .projectedGradient,
      loop: loop(epochs: 10, rate: 0.2, .triangular(peak: 0.5)),
      optimizer: OptimizerSettings(.sgd, weightDecay: 5e-4)
    ) {
      $0.setThreat(radius: 8 / 255)
      $0.setAttack(steps: 2, stepSize: 16 / 765)
      $0.rampEpochs = 3
      $0.labelSmoothing = 0
    },
    Preset(
      "free", .cifar, "several updates with each mini-batch, the perturbation living on", reference: "arXiv 1904.12843",
      architecture: "preact-resnet18-cifar:normalize=cifar10", .free,
      loop: loop(epochs: 10, rate: 0.04, .triangular(peak: 0.5)),
      optimizer: OptimizerSettings(.sgd, weightDecay: 5e-4)
    ) {
      $0.setThreat(radius: 8 / 255)
      $0.rampEpochs = nil
      $0.replays = 8
      $0.labelSmoothing = 0
    },
    Preset(
      "trades", .cifar, "TRADES: cross-entropy and divergence", reference: "arXiv 1901.08573",
      architecture: "wide-resnet-34-10", .trades,
      loop: loop(epochs: 76, rate: 0.1, .step(milestones: [75], factor: 0.1)),
      optimizer: OptimizerSettings(.sgd, weightDecay: 2e-4)
    ) {
      $0.setTrades()
    },
    Preset(
      "mart", .cifar, "MART: minds images misclassified without attack", reference: "Wang et al., ICLR 2020",
      architecture: "resnet18-cifar", .mart,
      loop: loop(epochs: 120, rate: 0.01, .step(milestones: [75, 90, 100], factor: 0.1)),
      optimizer: OptimizerSettings(.sgd, weightDecay: 3.5e-3)
    ) {
      $0.setTrades()
      $0.beta = 5
    },
    Preset(
      "awp", .cifar, "projected gradient descent with adversarial weight perturbation", reference: "arXiv 2004.05884",
      architecture: "preact-resnet18-cifar:normalize=cifar10", .projectedGradient, loop: perturbationLoop,
      optimizer: OptimizerSettings(.sgd, weightDecay: 5e-4)
    ) {
      $0.setThreat(radius: 8 / 255)
      $0.setAttack(steps: 10, stepSize: 2 / 255)
      $0.labelSmoothing = 0
      $0.gamma = 0.01
    },
    Preset(
      "trades-awp", .cifar, "TRADES with adversarial weight perturbation", reference: "arXiv 2004.05884",
      architecture: "wide-resnet-34-10", .trades, loop: perturbationLoop,
      optimizer: OptimizerSettings(.sgd, weightDecay: 5e-4)
    ) {
      $0.setTrades()
      $0.gamma = 0.005
      $0.gammaWarmUp = 10
    },
    Preset(
      "alp", .cifar, "adversarial logit pairing", reference: "arXiv 1803.06373", remark: "the schedule of pgd-cifar",
      architecture: "wide-resnet-34-10", .logitPairing, loop: madryLoop,
      optimizer: OptimizerSettings(.sgd, weightDecay: 2e-4)
    ) {
      $0.setThreat(radius: 8 / 255)
      $0.setAttack(steps: 10, stepSize: 2 / 255)
      $0.penalty = 0.5
    },
    fgsm(
      "mixture", "clean and FGSM images in equal parts: the historic form, weak against PGD",
      reference: "arXiv 1412.6572", .mixture),
    fgsm(
      "ensemble", "clean images and FGSM images of several models in turn: for attacks by transfer",
      reference: "arXiv 1705.07204", .ensemble),
    Preset(
      "grad-align", .cifar, "FGSM with aligned input gradients, for networks without batch normalisation",
      reference: "arXiv 2007.02617", remark: "Adam instead of SGD at 0.3, for want of batch normalisation",
      architecture: "mnist-large", .gradientAlignment, loop: loop(epochs: 30, rate: 3e-3, .triangular(peak: 0.5)),
      optimizer: OptimizerSettings(.adam)
    ) {
      $0.setThreat(radius: 8 / 255)
      $0.penalty = 0.2
    },
    Preset(
      "input-gradient", .cifar,
      "a penalty on the length of the input gradient, for networks without batch normalisation",
      reference: "arXiv 1711.09404",
      remark: "no published settings for CIFAR-10; those of the paper's code for SVHN, without its batch normalisation",
      architecture: "mnist-madry", .inputGradient, loop: TrainingLoop(epochs: 77, batchSize: 256, learningRate: 2e-4),
      optimizer: OptimizerSettings(.adam)
    ) {
      $0.penalty = 20
    },
    Preset(
      "distillation", .cifar, "defensive distillation: flattens the gradient, and nothing else; a defence that fails",
      reference: "arXiv 1511.04508",
      remark: "the loss is the temperature times the paper's, momentum does not fall, the network is half as wide",
      architecture: "mnist-trades", .distillation,
      loop: TrainingLoop(
        epochs: 50, batchSize: 128, learningRate: 0.01,
        schedule: .step(milestones: [10, 20, 30, 40], factor: 0.5)),
      optimizer: OptimizerSettings(.sgd, momentum: 0.9)
    ) {
      $0.temperature = 20
    },
    Preset(
      "gaussian", .cifar, "normal noise on every image, for randomised smoothing", reference: "arXiv 1902.02918",
      architecture: "resnet56-cifar:normalize=cifar10", .gaussian,
      loop: loop(epochs: 90, rate: 0.1, .step(milestones: [30, 60], factor: 0.1), batchSize: 256),
      optimizer: OptimizerSettings(.sgd, weightDecay: 1e-4)
    ) {
      $0.sigma = 0.25
      $0.labelSmoothing = 0
    },
  ]

  private static func pgd(
    _ title: String, _ summary: String, change: (inout DefenceSettings) -> Void
  ) -> Preset {
    Preset(
      title, .cifar, summary, reference: "arXiv 1706.06083", architecture: "wide-resnet-34-10", .projectedGradient,
      loop: madryLoop, optimizer: OptimizerSettings(.sgd, weightDecay: 2e-4)
    ) {
      $0.setThreat(radius: 8 / 255)
      $0.setAttack(steps: 10, stepSize: 2 / 255)
      $0.labelSmoothing = 0
      change(&$0)
    }
  }

  private static var fast: Preset {
    var loop = loop(epochs: 15, rate: 0.2, .triangular(peak: 0.5))
    // The authors stop where accuracy under a short PGD falls by 20 points.
    loop.largestRobustnessLoss = 0.2
    return Preset(
      "fast", .cifar, "one step of 1.25 radii from a random start", reference: "arXiv 2001.03994",
      architecture: "preact-resnet18-cifar:normalize=cifar10", .fast, loop: loop,
      optimizer: OptimizerSettings(.sgd, weightDecay: 5e-4)
    ) {
      $0.setThreat(radius: 8 / 255)
      $0.stepSize = 10 / 255
      $0.clipsStart = true
      $0.gamma = 0
      $0.labelSmoothing = 0
    }
  }

  private static var noisyFast: Preset {
    var loop = loop(epochs: 30, rate: 0.2, .triangular(peak: 0.5))
    loop.largestRobustnessLoss = 0.2
    return Preset(
      "n-fgsm", .cifar, "one step of a radius from a start with noise of two, not clipped",
      reference: "arXiv 2202.01181", architecture: "preact-resnet18-cifar:normalize=cifar10", .noisyFast, loop: loop,
      optimizer: OptimizerSettings(.sgd, weightDecay: 5e-4)
    ) {
      $0.setNoisyStep(radius: 8 / 255, stepSize: 8 / 255, noise: 2)
    }
  }

  private static func fgsm(_ title: String, _ summary: String, reference: String, _ method: DefenceMethod) -> Preset {
    Preset(
      title, .cifar, summary, reference: reference, remark: "the schedule of fast-cifar",
      architecture: "preact-resnet18-cifar:normalize=cifar10", method,
      loop: loop(epochs: 15, rate: 0.2, .triangular(peak: 0.5)),
      optimizer: OptimizerSettings(.sgd, weightDecay: 5e-4)
    ) {
      $0.setThreat(radius: 8 / 255)
      $0.share = 0.5
    }
  }

  /// 80,000 updates, the rate falling at 40,000 and 60,000.
  private static let madryLoop = loop(epochs: 205, rate: 0.1, .step(milestones: [102, 153], factor: 0.1))

  private static let perturbationLoop = loop(epochs: 200, rate: 0.1, .step(milestones: [100, 150], factor: 0.1))

  /// Random crops of 4 pixels and flips, as everywhere on CIFAR-10.
  private static func loop(
    epochs: Int, rate: Float, _ schedule: Schedule, batchSize: Int = 128
  ) -> TrainingLoop {
    var loop = TrainingLoop(
      epochs: epochs, batchSize: batchSize, learningRate: rate, schedule: schedule, selection: .bestRobust)
    loop.augmentations = [.crop(padding: 4), .flip]
    return loop
  }
}

extension DefenceSettings {
  /// What TRADES, MART and their successors do: they call 8/255 0.031.
  fileprivate mutating func setTrades() {
    setThreat(radius: 0.031)
    setAttack(steps: 10, stepSize: 0.007)
    beta = 6
  }
}
