internal import Arguments
internal import Hyperparameters
internal import Training

/// How a model is trained. What is not given is the defence's, where there is one.
struct TrainingOptions: OptionGroup {
  static let title = "Training"

  @Option(help: "The number of epochs (default: 10).") var epochs: Int?
  @Option(help: "Images per update (default: 64).") var batchSize: Int?
  @Option(
    help: "The optimiser, such as sgd:momentum=0.5: \(OptimizerCatalog.names.joined(separator: ", ")) (default: adam).",
    valueName: "name", completion: .list(OptimizerCatalog.names))
  var optimizer: String?
  @Option(name: "lr", help: "The learning rate (default: \(Self.rates)).", valueName: "rate")
  var learningRate: Float?
  private let hyperparameters = OptionList(
    of: OptimizerCatalog.methods.map { method in
      (method.method.name, method.descriptions.filter { !Self.setInWordAlone.contains($0.name) })
    })
  @Option(
    help: """
      The learning-rate schedule: \(ScheduleCatalog.names.joined(separator: ", ")), as in \
      step:milestones=30-60 (default: cosine).
      """, valueName: "name", completion: .list(ScheduleCatalog.names))
  var schedule: ScheduleChoice?
  @Option(help: "Scale gradients down to this length where they are longer.", valueName: "length")
  var clipNorm: Float?
  @Option(help: "Put every gradient between minus and plus this.", valueName: "limit") var clipValue: Float?
  private let loss = OptionList(of: [StandardObjective.self])
  @Option(help: "Use the running mean of the weights: mean = decay mean + (1 - decay) weights.", valueName: "decay")
  var ema: Float?
  @Option(help: "Use the mean of the weights at the ends of the epochs from this one on.", valueName: "epoch")
  var swaStart: Int?
  @Option(
    help: """
      Random changes of the training images, one after the other, such as crop:4,flip,cutout:8: \
      \(AugmentationCatalog.names.joined(separator: ", ")) (default: none).
      """, valueName: "list")
  var augment: AugmentationList?
  @Option(help: "The share of the training images set apart to validate on.", valueName: "fraction")
  var validation = 0.1
  @Option(
    help: "The most memory for the images; a larger set is read in every epoch and shuffled window by window.",
    valueName: "size")
  var window = MemorySize.standard
  @Option(
    help: "Which epoch's weights are written (default: last; for a defence: best-robust).", valueName: "epoch")
  var select: EpochChoice?

  func validate() throws {
    // The bound keeps the number of updates from overflowing.
    if let epochs { try require((1...1_000_000).contains(epochs), "epochs", "1 to 1,000,000", epochs) }
    if let batchSize { try requireCount(batchSize, "batch-size") }
    if let rate = learningRate { try require(rate.isFinite && rate > 0, "lr", "a positive number", rate) }
    try require((0..<1).contains(validation), "validation", "a fraction from 0 to below 1", validation)
    if let optimizer { _ = try Self.optimizer(optimizer) }
    for method in OptimizerCatalog.methods {
      var method = method.init()
      try method.set(hyperparameters.given)
    }
    _ = try objective()
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
    if let schedule { loop.schedule = schedule.schedule }
    if let clipNorm { loop.gradientClipping = .norm(clipNorm) }
    if let clipValue { loop.gradientClipping = .value(clipValue) }
    if let ema { loop.averaging = .exponential(decay: ema) }
    if let swaStart { loop.averaging = .stochastic(fromEpoch: swaStart - 1) }
    if let augment { loop.augmentations = augment.augmentations }
    if let select { loop.selection = select }
  }

  /// The options that change the loss, of plain training and of those defences that have them.
  var lossOptions: [(name: String, value: String)] { loss.given }

  /// What plain training minimises.
  func objective() throws -> StandardObjective {
    var objective = StandardObjective()
    try objective.set(loss.given)
    return objective
  }

  /// The optimiser: another than `standard` has its own defaults.
  func optimizer(_ standard: any Optimizer) throws -> any Optimizer {
    let own: String = type(of: standard).method.name
    let chosen = try Self.optimizer(optimizer ?? own)
    var result = standard
    if chosen.method.method.name != own { result = chosen.method.init() }
    try checkOwnership(chosen.method)
    try result.set(chosen.text, hyperparameters.given, of: "--optimizer")
    return result
  }

  /// Rejects an option that only other optimisers have.
  private func checkOwnership(_ method: any Optimizer.Type) throws {
    let names = method.descriptions.map { $0.name }
    guard let foreign = hyperparameters.given.first(where: { !names.contains($0.name) }) else { return }
    let owners = OptimizerCatalog.methods.filter { $0.descriptions.contains { $0.name == foreign.name } }
    let text = owners.map { $0.method.name }.joined(separator: " and ")
    throw ValidationError("--\(foreign.name) is an option of --optimizer \(text).")
  }

  private static func optimizer(_ text: String) throws -> (method: any Optimizer.Type, text: MethodText) {
    do {
      return try MethodText.method(of: text, among: OptimizerCatalog.methods, kind: "optimiser") { $0 }
    } catch {
      throw ValidationError("\(error)")
    }
  }

  /// Others call the radius epsilon, so that `--epsilon 0.1` would be a slip: `--optimizer adam:epsilon=1e-7` is none.
  static let setInWordAlone: Set<String> = ["epsilon"]

  /// The learning rates to start with: `sgd 0.05, adam 0.001`.
  private static var rates: String {
    OptimizerCatalog.methods.map { "\($0.method.name) \($0.learningRate)" }.joined(separator: ", ")
  }
}

extension EpochChoice: ArgumentValue {}

/// `step:milestones=30-60,factor=0.1`.
struct ScheduleChoice: ArgumentValue {
  let schedule: any Schedule

  init(argument: String) throws {
    do {
      schedule = try ScheduleCatalog.schedule(argument)
    } catch {
      throw InvalidValue(description: "\(error)")
    }
  }

  var argumentText: String { schedule.description }
}

/// `crop:4,flip`, or `none`.
struct AugmentationList: ArgumentValue {
  let augmentations: [any Augmentation]

  init(argument: String) throws {
    guard argument != "none" else {
      augmentations = []
      return
    }
    augmentations = try argument.split(separator: ",", omittingEmptySubsequences: false).map { text in
      do {
        return try AugmentationCatalog.augmentation(String(text))
      } catch {
        let examples = AugmentationCatalog.methods.map { "\($0.init().fullText)" }.joined(separator: ", ")
        throw InvalidValue(description: "expected none or a list of \(examples); \(error)")
      }
    }
  }

  var argumentText: String { AugmentationCatalog.text(augmentations) }
}
