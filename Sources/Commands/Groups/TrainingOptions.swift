internal import Arguments
internal import Training

/// How a model is trained.
struct TrainingOptions: OptionGroup {
  static let title = "Training"

  enum OptimizerChoice: String, CaseIterable, ArgumentValue {
    case sgd, adam
  }

  @Option(help: "How often every image is seen.") var epochs = 10
  @Option(help: "Images per update.") var batchSize = 64
  @Option(help: "The optimiser.") var optimizer: OptimizerChoice = .adam
  @Option(name: "lr", help: "The learning rate (default: adam 0.001, sgd 0.05).", valueName: "rate")
  var givenRate: Float?
  @Option(help: "SGD: the momentum (default: 0.9).") var momentum: Float?
  @Flag(help: "SGD: Nesterov's momentum.") var nesterov: Bool
  @Option(help: "The factor of the weights added to their gradients.") var weightDecay: Float = 0
  @Option(help: "What becomes of the learning rate: constant, cosine, step:milestones=5-8,factor=0.1.")
  var schedule: Schedule = .cosine(minimum: 0)
  @Option(help: "The share of the training images set apart to validate on.", valueName: "fraction")
  var validation = 0.1

  func validate() throws {
    // A bound that nobody reaches keeps the number of updates a number.
    try require((1...1_000_000).contains(epochs), "epochs", "1 to 1,000,000", epochs)
    try require(batchSize > 0, "batch-size", "at least 1", batchSize)
    try require(learningRate.isFinite && learningRate > 0, "lr", "a positive number", learningRate)
    try require(weightDecay.isFinite && weightDecay >= 0, "weight-decay", "at least 0", weightDecay)
    try require((0..<1).contains(validation), "validation", "a fraction from 0 to below 1", validation)
    guard optimizer == .sgd || (momentum == nil && !nesterov) else {
      throw ValidationError("--momentum and --nesterov are options of --optimizer sgd.")
    }
    if let momentum { try require((0..<1).contains(momentum), "momentum", "a number from 0 to below 1", momentum) }
  }

  var learningRate: Float { givenRate ?? (optimizer == .adam ? 1e-3 : 0.05) }
}

extension Schedule: ArgumentValue {}
