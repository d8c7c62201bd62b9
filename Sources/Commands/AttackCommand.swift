internal import Arguments
internal import Attacks
internal import Compute
internal import Exchange
internal import Networks
internal import Reports

/// `advlab attack`: adversarial examples, judged by an evaluator that trusts no attack.
struct AttackCommand: Command {
  static let configuration = CommandConfiguration(
    commandName: "attack",
    abstract: "Attack a model and report how many of its right answers survive.",
    discussion: """
      Every example is judged by one independent pass of the model; a candidate that leaves the ball or the pixel range \
      is reported as invalid, never clipped.

      EXAMPLES:
        advlab attack --fgsm --eps 0.1
        advlab attack --pgd --eps 0.5 --norm l2 --restarts 10
        advlab attack --pgd --eps 0.1 --targets least-likely --output adv.h5
        advlab attack --attack noise --eps 8/255 --draws 1000 --json
      """)

  init() {}

  var attack = AttackOptions()
  var model = ModelOptions()
  var data = DataOptions()
  var execution = RunOptions()
  @Option(help: "Examples attacked together. Results do not depend on it.") var batchSize = 128
  @Option(help: "Where to write the adversarial examples (HDF5).", completion: .file) var output: String?
  @Option(
    help: "Exit with 2 where the robust accuracy is below this fraction.", valueName: "fraction")
  var requireRobustAccuracy: Double?

  func validate() throws {
    guard batchSize > 0 else { throw ValidationError("--batch-size: expected at least 1, found \(batchSize).") }
    guard (0...1).contains(requireRobustAccuracy ?? 0) else {
      throw ValidationError("--require-robust-accuracy: expected a fraction from 0 to 1.")
    }
  }

  func run() throws {
    let session = try AttackSession(self)
    let evaluation = try session.evaluate()
    try session.write(evaluation)
    try session.report(evaluation)
    guard evaluation.isComplete else {
      throw Interruption(
        description: "interrupted after \(evaluation.examples.count) of \(evaluation.requested) examples")
    }
    if let required = requireRobustAccuracy, (evaluation.robustAccuracy.fraction ?? 0) < required {
      throw RequirementFailure(
        description: "robust accuracy \(NumberFormat.percentage(evaluation.robustAccuracy.fraction ?? 0)) is below the "
          + "required \(NumberFormat.percentage(required))")
    }
  }
}

/// Everything one run of `attack` needs.
private struct AttackSession {
  let command: AttackCommand
  let attack: any Attack
  let threat: ThreatModel
  let model: LoadedModel
  let dataPath: String
  let data: Dataset
  let targets: [Int]?

  init(_ command: AttackCommand) throws {
    self.command = command
    attack = try command.attack.makeAttack()
    model = try command.model.load(command.data)
    dataPath = try command.data.path()
    let data = try command.data.load()
    try model.check(data, path: dataPath)
    threat = ThreatModel(norm: command.attack.norm, radius: command.attack.eps.value, bounds: data.pixelRange)
    try attack.validate(threat: threat, classCount: model.classifier.classCount)
    (self.data, targets) = try Self.aim(command, data, model)
  }

  /// The examples to attack and, for a targeted attack, the class each shall be taken for.
  private static func aim(
    _ command: AttackCommand, _ data: Dataset, _ model: LoadedModel
  ) throws -> (Dataset, [Int]?) {
    guard let choice = command.attack.targets else { return (data, nil) }
    let classCount = model.classifier.classCount
    guard classCount > 1 else { throw MismatchedFile(description: "A targeted attack needs two classes or more.") }
    switch choice {
    case .label(let label):
      guard label < classCount else {
        throw ValidationError("--targets: expected a label below \(classCount), found \(label).")
      }
      // An example of the target class cannot be driven there.
      let others = data.labels.indices.filter { data.labels[$0] != label }
      guard !others.isEmpty else {
        throw MismatchedFile(description: "Every example is of class \(label) already; there is nothing to aim at.")
      }
      return (data.selecting(others), others.map { _ in label })
    case .next: return (data, data.labels.map { ($0 + 1) % classCount })
    case .random:
      let source = RandomSource(seed: command.execution.seed)
      return (
        data,
        zip(data.labels, data.ids).map { label, id in
          var stream = source.stream(.targets, example: id)
          return (label + 1 + stream.integer(below: classCount - 1)) % classCount
        }
      )
    case .leastLikely:
      let logits = try command.execution.logits(of: data.images, model.classifier)
      return (data, leastLikely(logits, besides: data.labels))
    }
  }

  private static func leastLikely(_ logits: Tensor<Float>, besides labels: [Int]) -> [Int] {
    let classCount = logits.exampleSize
    return labels.enumerated().map { row, label in
      let classes = (0..<classCount).filter { $0 != label }
      return classes.min { logits.scalars[row * classCount + $0] < logits.scalars[row * classCount + $1] } ?? label
    }
  }

  func evaluate() throws -> Evaluation {
    InterruptSignal.listen()
    let progress = command.execution.progress(attack.title, total: data.count, unit: "examples")
    defer { progress.finish() }
    let tally = ProgressTally(progress)
    var evaluator = Evaluator()
    evaluator.workers = command.execution.workers
    evaluator.batchSize = command.batchSize
    evaluator.random = RandomSource(seed: command.execution.seed)
    evaluator.isCancelled = { InterruptSignal.isRaised }
    evaluator.onProgress = { tally.report($0) }
    let set = try EvaluationSet(images: data.images, labels: data.labels, ids: data.ids, targets: targets)
    return try evaluator.evaluate(attack, on: set, threat: threat, model: model.classifier)
  }

  func write(_ evaluation: Evaluation) throws {
    guard let output = command.output else { return }
    let finished = Set(evaluation.examples.map(\.id))
    let rows = data.ids.indices.filter { finished.contains(data.ids[$0]) }
    let provenance = Provenance(
      command: commandArguments, seed: command.execution.seed, modelSHA256: model.file.sha256, dataSHA256: data.sha256)
    try AdversarialSet(
      evaluation, images: data.images.gathering(rows), attack: try StandardOutput.json(AttackSummary(attack)),
      provenance: provenance
    ).write(to: output)
  }

  func report(_ evaluation: Evaluation) throws {
    if command.execution.json {
      try StandardOutput.print(json: AttackReport(evaluation, attack: attack, model: model, data: data, path: dataPath))
      return
    }
    var heading = Heading()
    heading.add(model)
    heading.add(data, path: dataPath)
    heading.add(
      "threat",
      "\(threat.norm.symbol), eps = \(command.attack.eps.argumentText) in stored pixel units "
        + "(\(NumberFormat.significant(Double(threat.radius) * 255))/255), pixels in \(threat.bounds.text)")
    StandardOutput.print(heading.text + "\n\n" + AttackTable.text(evaluation, attack: attack))
    if let output = command.output { StandardOutput.print("\nwritten  \(output)") }
  }
}

extension ClosedRange<Float> {
  fileprivate var text: String {
    "[\(NumberFormat.significant(Double(lowerBound))), \(NumberFormat.significant(Double(upperBound)))]"
  }
}
