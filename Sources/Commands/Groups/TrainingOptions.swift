internal import Arguments
internal import Training

/// How a model is trained. What is not given is the defence's, where there is one.
struct TrainingOptions: OptionGroup {
  static let title = "Training"

  @Option(help: "How often every image is seen (default: 10).") var epochs: Int?
  @Option(help: "Images per update (default: 64).") var batchSize: Int?
  @Option(help: "The optimiser (default: adam).") var optimizer: OptimizerSettings.Method?
  @Option(
    name: "lr", help: "The learning rate (default: sgd 0.05, nadam 0.002, others 0.001).", valueName: "rate")
  var learningRate: Float?
  @Option(help: "sgd, rmsprop: the momentum (default: sgd 0.9, rmsprop 0).") var momentum: Float?
  @Flag(help: "sgd: Nesterov's momentum.") var nesterov: Bool
  @Option(
    help: "The factor of the weights added to their gradients (default: 0); for adamw apart from them (default: 0.01).")
  var weightDecay: Float?
  @Option(
    help: """
      What becomes of the learning rate (default: cosine): \(Schedule.forms.joined(separator: "; ")). Numbers may be \
      left out.
      """)
  var schedule: Schedule?
  @Option(help: "Scale gradients down to this length where they are longer.", valueName: "length")
  var clipNorm: Float?
  @Option(help: "Put every gradient between minus and plus this.", valueName: "limit") var clipValue: Float?
  @Option(help: "The share of the target that is spread over all classes.", valueName: "share")
  var labelSmoothing: Float?
  @Option(help: "Use the running mean of the weights: mean = decay mean + (1 - decay) weights.", valueName: "decay")
  var ema: Float?
  @Option(help: "Use the mean of the weights at the ends of the epochs from this one on.", valueName: "epoch")
  var swaStart: Int?
  @Option(
    help: """
      Random changes of the training images, one after the other, such as crop:4,flip,cutout:8, or none (default: \
      none). There are \(Augmentation.forms.joined(separator: ", ")).
      """, valueName: "list")
  var augment: AugmentationList?
  @Option(help: "The share of the training images set apart to validate on.", valueName: "fraction")
  var validation = 0.1
  @Option(
    help: "Which epoch's weights are written (default: last; for a defence: best-robust).", valueName: "epoch")
  var select: EpochChoice?

  func validate() throws {
    // A bound that nobody reaches keeps the number of updates a number.
    if let epochs { try require((1...1_000_000).contains(epochs), "epochs", "1 to 1,000,000", epochs) }
    if let batchSize { try requireCount(batchSize, "batch-size") }
    if let rate = learningRate { try require(rate.isFinite && rate > 0, "lr", "a positive number", rate) }
    if let weightDecay {
      try require(weightDecay.isFinite && weightDecay >= 0, "weight-decay", "at least 0", weightDecay)
    }
    try require((0..<1).contains(validation), "validation", "a fraction from 0 to below 1", validation)
    if let momentum { try require((0..<1).contains(momentum), "momentum", "a number from 0 to below 1", momentum) }
    if let smoothing = labelSmoothing {
      try require((0..<1).contains(smoothing), "label-smoothing", "a share from 0 to below 1", smoothing)
    }
    try validateWeights()
  }

  private func validateWeights() throws {
    guard clipNorm == nil || clipValue == nil else {
      throw ValidationError("--clip-norm and --clip-value exclude each other.")
    }
    guard ema == nil || swaStart == nil else { throw ValidationError("--ema and --swa-start exclude each other.") }
    for (name, limit) in [("clip-norm", clipNorm), ("clip-value", clipValue)] {
      if let limit { try require(limit.isFinite && limit > 0, name, "a positive number", limit) }
    }
    if let ema { try require((0..<1).contains(ema), "ema", "a number from 0 to below 1", ema) }
    if let swaStart { try requireCount(swaStart, "swa-start") }
  }

  /// The loop with what is given.
  func change(_ loop: inout TrainingLoop) {
    if let epochs { loop.epochs = epochs }
    if let batchSize { loop.batchSize = batchSize }
    if let learningRate { loop.learningRate = learningRate }
    if let schedule { loop.schedule = schedule }
    if let clipNorm { loop.gradientClipping = .norm(clipNorm) }
    if let clipValue { loop.gradientClipping = .value(clipValue) }
    if let ema { loop.averaging = .exponential(decay: ema) }
    if let swaStart { loop.averaging = .stochastic(fromEpoch: swaStart - 1) }
    if let augment { loop.augmentations = augment.augmentations }
    if let select { loop.selection = select }
  }

  /// The optimiser: another than that of `standard` has its own defaults.
  func optimizer(_ standard: OptimizerSettings) throws -> OptimizerSettings {
    var settings = standard
    if let optimizer, optimizer != standard.method { settings = OptimizerSettings(optimizer) }
    guard settings.method.hasMomentum || momentum == nil else {
      throw ValidationError("--momentum is an option of --optimizer sgd and rmsprop.")
    }
    guard settings.method == .sgd || !nesterov else {
      throw ValidationError("--nesterov is an option of --optimizer sgd.")
    }
    if let momentum { settings.momentum = momentum }
    if nesterov { settings.isNesterov = true }
    if let weightDecay { settings.weightDecay = weightDecay }
    return settings
  }
}

extension Schedule: ArgumentValue {}
extension OptimizerSettings.Method: ArgumentValue {}
extension EpochChoice: ArgumentValue {}

/// `crop:4,flip`, or `none`.
struct AugmentationList: ArgumentValue {
  let augmentations: [Augmentation]

  init(argument: String) throws {
    guard argument != "none" else {
      augmentations = []
      return
    }
    augmentations = try argument.split(separator: ",", omittingEmptySubsequences: false).map { text in
      guard let augmentation = Augmentation(String(text)) else {
        throw InvalidValue(
          description: "expected none or a list of \(Augmentation.forms.joined(separator: ", ")), found '\(text)'")
      }
      return augmentation
    }
  }

  var argumentText: String { augmentations.isEmpty ? "none" : Augmentation.text(augmentations) }
}
