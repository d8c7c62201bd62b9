import Networks
import Training

extension Preset {
  /// ε = 0.3.
  static let mnist = [
    pgd("pgd", "projected gradient descent: adversarial images alone") { _ in },
    pgd("curriculum", "projected gradient descent, the radius rising over the first quarter") {
      $0.rampEpochs = Double(madryLoop.epochs) / 4
    },
    fast,
    noisyFast,
    quick,
    Preset(
      "free", .mnist, "several updates with each mini-batch, the perturbation living on", reference: "arXiv 1904.12843",
      remark: "no published settings for MNIST; those of fast-mnist with 8 replays", architecture: "mnist-small",
      .free, loop: fastLoop, optimizer: OptimizerSettings(.adam)
    ) {
      $0.setThreat(radius: 0.3)
      $0.rampEpochs = nil
      $0.replays = 8
      $0.labelSmoothing = 0
    },
    trades("trades", "TRADES: cross-entropy and divergence", reference: "arXiv 1901.08573") { _ in },
    Preset(
      "mart", .mnist, "MART: minds images misclassified without attack", reference: "Wang et al., ICLR 2020",
      remark: "the schedule of trades-mnist", architecture: "mnist-trades", .mart, loop: tradesLoop,
      optimizer: OptimizerSettings(.sgd)
    ) {
      $0.setThreat(radius: 0.3)
      $0.setAttack(steps: 40, stepSize: 0.01)
      $0.beta = 5
    },
    pgd(
      "awp", "projected gradient descent with adversarial weight perturbation", reference: "arXiv 2004.05884",
      remark: "the settings of pgd-mnist"
    ) {
      $0.gamma = 0.01
    },
    trades(
      "trades-awp", "TRADES with adversarial weight perturbation", reference: "arXiv 2004.05884",
      remark: "the settings of trades-mnist"
    ) {
      $0.gamma = 0.005
      $0.gammaWarmUp = 5
    },
    Preset(
      "alp", .mnist, "adversarial logit pairing", reference: "arXiv 1803.06373", architecture: "mnist-madry",
      .logitPairing, loop: madryLoop, optimizer: OptimizerSettings(.adam)
    ) {
      $0.setThreat(radius: 0.3)
      $0.setAttack(steps: 40, stepSize: 0.01)
      $0.penalty = 0.5
    },
    Preset(
      "mixture", .mnist, "clean and FGSM images in equal parts: the historic form, weak against PGD",
      reference: "arXiv 1412.6572", architecture: "mnist-small", .mixture, loop: fastLoop,
      optimizer: OptimizerSettings(.adam)
    ) {
      $0.setThreat(radius: 0.3)
      $0.share = 0.5
    },
    Preset(
      "ensemble", .mnist, "clean images and FGSM images of several models in turn: for attacks by transfer",
      reference: "arXiv 1705.07204", remark: "the schedule of fast-mnist", architecture: "mnist-small", .ensemble,
      loop: fastLoop, optimizer: OptimizerSettings(.adam)
    ) {
      $0.setThreat(radius: 0.3)
      $0.share = 0.5
    },
    Preset(
      "grad-align", .mnist, "FGSM with aligned input gradients, for networks without batch normalisation",
      reference: "arXiv 2007.02617", remark: "the schedule of fast-mnist", architecture: "mnist-small",
      .gradientAlignment, loop: fastLoop, optimizer: OptimizerSettings(.adam)
    ) {
      $0.setThreat(radius: 0.3)
      $0.penalty = 0.2
    },
    Preset(
      "input-gradient", .mnist,
      "a penalty on the length of the input gradient, for networks without batch normalisation",
      reference: "arXiv 1711.09404",
      remark:
        "the authors' 56,234 / (2 * 256), for theirs is on a batch's mean; without batch normalisation 1 may do better",
      architecture: "mnist-madry", .inputGradient, loop: TrainingLoop(epochs: 70, batchSize: 256, learningRate: 2e-4),
      optimizer: OptimizerSettings(.adam)
    ) {
      $0.penalty = 110
    },
    Preset(
      "distillation", .mnist, "defensive distillation: flattens the gradient, and nothing else; a defence that fails",
      reference: "arXiv 1511.04508", remark: "the loss is the temperature times the paper's",
      architecture: "mnist-trades", .distillation, loop: TrainingLoop(epochs: 50, batchSize: 128, learningRate: 0.1),
      optimizer: OptimizerSettings(.sgd, momentum: 0.5)
    ) {
      $0.temperature = 20
    },
    Preset(
      "gaussian", .mnist, "normal noise on every image, for randomised smoothing", reference: "arXiv 1902.02918",
      remark: "the schedule of fast-mnist", architecture: "mnist-small", .gaussian, loop: fastLoop,
      optimizer: OptimizerSettings(.adam)
    ) {
      $0.sigma = 0.25
      $0.labelSmoothing = 0
    },
  ]

  private static var fast: Preset {
    var loop = fastLoop
    // The authors stop where accuracy under a short PGD falls by 20 points.
    loop.largestRobustnessLoss = 0.2
    return Preset(
      "fast", .mnist, "one step of 1.25 radii from a random start", reference: "arXiv 2001.03994",
      architecture: "mnist-small", .fast, loop: loop, optimizer: OptimizerSettings(.adam)
    ) {
      $0.setThreat(radius: 0.3)
      $0.stepSize = 0.375
      $0.clipsStart = false
      $0.gamma = 0
      $0.labelSmoothing = 0
    }
  }

  private static var noisyFast: Preset {
    var loop = fastLoop
    loop.largestRobustnessLoss = 0.2
    return Preset(
      "n-fgsm", .mnist, "one step from a start with noise of a radius, not clipped", reference: "arXiv 2202.01181",
      remark: "no published settings for MNIST, where those for CIFAR-10 learn nothing or collapse; found here",
      architecture: "mnist-small", .noisyFast, loop: loop, optimizer: OptimizerSettings(.adam)
    ) {
      // The authors take a step of two thirds of the radius where that is large (SVHN at 12/255), and a rising radius.
      $0.setNoisyStep(radius: 0.3, stepSize: 0.2, noise: 1)
      $0.rampEpochs = 4
    }
  }

  /// Takes the time of `fast` with its ten epochs of one step.
  private static var quick: Preset {
    var loop = fastLoop
    loop.epochs = 7
    return Preset(
      "quick", .mnist, "projected gradient descent of two steps, the radius rising at first",
      reference: "arXiv 1706.06083",
      remark: "found here, by robust accuracy on images set apart", architecture: "mnist-small", .projectedGradient,
      loop: loop, optimizer: OptimizerSettings(.adam)
    ) {
      $0.setThreat(radius: 0.3)
      $0.setAttack(steps: 2, stepSize: 0.2)
      $0.rampEpochs = 2
      $0.labelSmoothing = 0
    }
  }

  private static func pgd(
    _ title: String, _ summary: String, reference: String = "arXiv 1706.06083", remark: String? = nil,
    change: (inout DefenceSettings) -> Void
  ) -> Preset {
    Preset(
      title, .mnist, summary, reference: reference, remark: remark, architecture: "mnist-madry", .projectedGradient,
      loop: madryLoop, optimizer: OptimizerSettings(.adam)
    ) {
      $0.setThreat(radius: 0.3)
      $0.setAttack(steps: 40, stepSize: 0.01)
      $0.labelSmoothing = 0
      change(&$0)
    }
  }

  private static func trades(
    _ title: String, _ summary: String, reference: String, remark: String? = nil,
    change: (inout DefenceSettings) -> Void
  ) -> Preset {
    Preset(
      title, .mnist, summary, reference: reference, remark: remark, architecture: "mnist-trades", .trades,
      loop: tradesLoop, optimizer: OptimizerSettings(.sgd)
    ) {
      $0.setThreat(radius: 0.3)
      $0.setAttack(steps: 40, stepSize: 0.01)
      $0.beta = 1
      change(&$0)
    }
  }

  /// 100,000 updates with 50 images of the 55,000 that TensorFlow keeps for training.
  private static let madryLoop = TrainingLoop(epochs: 91, batchSize: 50, learningRate: 1e-4, selection: .bestRobust)

  private static let fastLoop = TrainingLoop(
    epochs: 10, batchSize: 100, learningRate: 5e-3, schedule: .triangular(peak: 0.4), selection: .bestRobust)

  private static let tradesLoop = TrainingLoop(
    epochs: 100, batchSize: 128, learningRate: 0.01, schedule: .step(milestones: [55, 75, 90], factor: 0.1),
    selection: .bestRobust)
}

extension DefenceSettings {
  /// L∞, with the full radius from the start.
  mutating func setThreat(radius: Float) {
    norm = .linf
    self.radius = radius
    rampEpochs = 0
  }

  /// A step from noise, and weights that are not perturbed.
  mutating func setNoisyStep(radius: Float, stepSize: Float, noise: Float) {
    setThreat(radius: radius)
    self.stepSize = stepSize
    self.noise = noise
    gamma = 0
    labelSmoothing = 0
  }

  /// An attack of several steps, and weights that are not perturbed.
  mutating func setAttack(steps: Int, stepSize: Float) {
    self.steps = steps
    self.stepSize = stepSize
    gamma = 0
    gammaWarmUp = 0
  }
}
