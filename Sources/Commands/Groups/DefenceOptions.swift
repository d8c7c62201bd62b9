internal import Arguments
internal import Defences
internal import Networks
internal import Training

/// Training against an attacker: a published preset, and what is to be different.
struct DefenceOptions: OptionGroup {
  static let title = "Defence"

  @Option(
    help: """
      Train to resist attacks: \(Preset.titles.joined(separator: ", ")). Brings the paper's settings for MNIST, or for \
      CIFAR-10 where images have three channels; -mnist or -cifar behind the name chooses.
      """, valueName: "name", completion: .list(Preset.titles))
  var defence: String?
  @Option(help: "The radius, in stored pixel units: 0.3, 8/255.", valueName: "pixels") var eps: PixelLength?
  @Option(help: "The norm of the ball.") var norm: Norm?
  @Option(help: "The number of epochs in which the radius rises from 0.", valueName: "epochs")
  var rampEpochs: Double?
  @Option(help: "pgd, trades, mart, awp, alp: the steps of the attack.") var steps: Int?
  @Option(
    help: "The length of a step (default: the preset's, in proportion to the radius).", valueName: "pixels")
  var stepSize: PixelLength?
  @Option(help: "n-fgsm: the radius of the noise that it starts from, in radii.", valueName: "radii")
  var noise: Float?
  @Option(help: "trades, mart: the weight of the divergence.") var beta: Float?
  @Option(help: "alp, grad-align, input-gradient: the weight of the penalty.", valueName: "weight") var penalty: Float?
  @Option(
    help: "pgd, fast, n-fgsm, trades, mart, alp: perturb weights by this share of their length.", valueName: "gamma")
  var awpGamma: Float?
  @Option(help: "The epochs before weights are perturbed.", valueName: "epochs") var awpWarmup: Double?
  @Option(help: "free: the updates with each mini-batch.") var replays: Int?
  @Option(help: "mixture, ensemble: the weight of the adversarial images.") var share: Float?
  @Option(help: "gaussian: the deviation of the noise, in stored pixel units.", valueName: "pixels")
  var sigma: PixelLength?
  @Option(help: "distillation: what logits are divided by in training; the same for teacher and student.")
  var temperature: Float?
  @Option(
    help: """
      ensemble: a model whose adversarial images are trained on too; may be given again and again. distillation: the \
      teacher, to train the student; without it the teacher is trained.
      """, valueName: "file", completion: .file)
  var sourceModel: [String] = []
  @Option(
    help: "The steps of PGD that measure robust accuracy after every epoch; 0 measures none.", valueName: "steps")
  var validationAttackSteps = 10
  @Option(help: "Measure it on at most this many validation images.", valueName: "count")
  var validationAttackCount = 1000
  @Option(
    help: """
      End where robust accuracy on a mini-batch, measured ten times an epoch, falls by this, and go back to the weights \
      before; 0 never (default: fast and n-fgsm 0.2, else 0).
      """, valueName: "fall")
  var collapseGuard: Double?

  func validate() throws {
    try require(
      (0...100_000).contains(validationAttackSteps), "validation-attack-steps", "0 to 100,000", validationAttackSteps)
    try requireCount(validationAttackCount, "validation-attack-count", atMost: 1_000_000_000)
    if let fall = collapseGuard { try require((0...1).contains(fall), "collapse-guard", "a fall from 0 to 1", fall) }
    guard let defence else {
      guard given.names.isEmpty, sourceModel.isEmpty, collapseGuard == nil else {
        let name = given.names.first ?? (sourceModel.isEmpty ? "collapse_guard" : "source_model")
        throw ValidationError("\(optionName(name)) is an option of --defence.")
      }
      return
    }
    let names = Preset.titles + Preset.all.map(\.name)
    guard names.contains(defence) else {
      throw ValidationError("\(PresetError(name: defence))")
    }
  }

  /// The hyper-parameters that were given.
  private var given: DefenceSettings {
    var settings = DefenceSettings()
    settings.norm = norm
    settings.radius = eps?.value
    settings.rampEpochs = rampEpochs
    settings.steps = steps
    settings.stepSize = stepSize?.value
    settings.noise = noise
    settings.beta = beta
    settings.penalty = penalty
    settings.gamma = awpGamma
    settings.gammaWarmUp = awpWarmup
    settings.replays = replays
    settings.share = share
    settings.sigma = sigma?.value
    settings.temperature = temperature
    return settings
  }

  /// The preset for images of a shape and pixels of a range, with what is given instead; none without a defence.
  func preset(for shape: Shape, pixels box: PixelBox, _ training: TrainingOptions) throws -> Preset? {
    guard let defence else { return nil }
    // What a preset says of radius and steps is scaled by the width of one range.
    let pixels = try box.oneRange(for: "--defence")
    var preset = try Preset.named(defence, for: shape)
    preset.scale(toPixelsOfWidth: pixels.upperBound - pixels.lowerBound)
    if let epochs = training.epochs { preset.changeEpochs(to: epochs) }
    var given = given
    given.labelSmoothing = training.labelSmoothing
    if let norm, norm != preset.settings.norm, preset.settings.norm != nil, eps == nil {
      throw ValidationError("--norm \(norm.rawValue) needs --eps: the preset's radius is one of another norm.")
    }
    if let name = preset.settings.replace(by: given).first {
      throw ValidationError("The defence '\(defence)' has no option '\(optionName(name))'.")
    }
    try preset.settings.check()
    try checkRadius(preset.settings, shape: shape, pixels: pixels)
    if let collapseGuard { preset.loop.largestRobustnessLoss = collapseGuard > 0 ? collapseGuard : nil }
    training.change(&preset.loop)
    if let sigma = preset.settings.sigma { preset.loop.augmentations.append(.noise(deviation: sigma)) }
    return preset
  }

  /// A ball that holds every image is a slip of the unit: 8 for 8/255.
  private func checkRadius(_ settings: DefenceSettings, shape: Shape, pixels: ClosedRange<Float>) throws {
    guard let radius = settings.radius, let norm = settings.norm else { return }
    let width = pixels.upperBound - pixels.lowerBound
    let largest: Float =
      switch norm {
      case .linf: width
      case .l2: width * Float(shape.count).squareRoot()
      case .l1, .l0: width * Float(shape.count)
      }
    try require(
      radius <= largest, "eps", "at most \(largest), for pixels from \(pixels.lowerBound) to \(pixels.upperBound)",
      radius)
  }
}

/// As it is typed: `--step-size`.
private func optionName(_ setting: String) -> String {
  "--" + setting.split(separator: "_").joined(separator: "-")
}
