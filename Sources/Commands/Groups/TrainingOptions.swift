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
  @Option(name: "lr", help: "The learning rate (default: adam 0.001, sgd 0.05).", valueName: "rate") var givenRate: Float?
  @Option(help: "SGD: the momentum (default: 0.9).") var momentum: Float?
  @Flag(help: "SGD: Nesterov's momentum.") var nesterov: Bool
  @Option(help: "The factor of the weights added to their gradients.") var weightDecay: Float = 0
  @Option(help: "What becomes of the learning rate: constant, cosine, step:milestones=5-8,factor=0.1.")
  var schedule: Schedule = .cosine(minimum: 0)
  @Option(help: "The share of the training images set apart to validate on.", valueName: "fraction")
  var validation = 0.1

  func validate() throws {
    guard epochs > 0 else { throw ValidationError("--epochs: expected at least 1, found \(epochs).") }
    guard batchSize > 0 else { throw ValidationError("--batch-size: expected at least 1, found \(batchSize).") }
    guard learningRate.isFinite, learningRate > 0 else {
      throw ValidationError("--lr: expected a positive number, found \(learningRate).")
    }
    guard weightDecay.isFinite, weightDecay >= 0 else {
      throw ValidationError("--weight-decay: expected at least 0, found \(weightDecay).")
    }
    guard (0..<1).contains(validation) else {
      throw ValidationError("--validation: expected a fraction from 0 to below 1, found \(validation).")
    }
    guard optimizer == .sgd || (momentum == nil && !nesterov) else {
      throw ValidationError("--momentum and --nesterov are options of --optimizer sgd.")
    }
    guard let momentum else { return }
    guard (0..<1).contains(momentum) else {
      throw ValidationError("--momentum: expected a number from 0 to below 1, found \(momentum).")
    }
  }

  var learningRate: Float { givenRate ?? (optimizer == .adam ? 1e-3 : 0.05) }
}

extension Schedule: ArgumentValue {}
