internal import Attacks
internal import Compute
internal import Exchange
internal import Networks
internal import Reports

/// Everything one run of `attack` needs.
struct AttackSession {
  private let command: AttackCommand
  private let epsilon: PixelLength
  private let attack: any Attack
  private let threat: ThreatModel
  private let model: LoadedModel
  private let dataPath: String
  private let data: Dataset
  private let targets: [Int]?

  init(_ command: AttackCommand, _ epsilon: PixelLength) throws {
    self.command = command
    self.epsilon = epsilon
    dataPath = try command.data.path()
    let (model, data) = try command.model.load(
      command.reading, with: command.data, gradients: command.gradients.arithmetic)
    self.model = model
    try model.check(data, path: dataPath)
    threat = ThreatModel(norm: command.attack.norm, radius: epsilon.value, bounds: data.pixelRange)
    attack = try command.attack.makeAttack(threat)
    try attack.validate(threat: threat, classCount: model.classifier.classCount)
    let aim = try TargetSelection(command.attack.settings.targets, at: data, model.classifier, command.execution)
    (self.data, targets) = (aim.data, aim.targets)
  }

  /// Attacks, and writes what was finished, if the user asked for it and there is any: only then are the adversarial
  /// images kept. What was found is worth showing even where it cannot be written, so that failure is returned beside it.
  func evaluate() throws -> (evaluation: Evaluation, writingFailure: (any Error)?) {
    InterruptSignal.listen()
    guard let output = command.output else {
      let evaluation = try reportingProgress { evaluator, set in
        try evaluator.evaluate(attack, on: set, threat: threat, model: model.classifier)
      }
      return (evaluation, nil)
    }
    try output.check(room: AdversarialSet.byteCount(of: data))
    let found = try reportingProgress { evaluator, set in
      try evaluator.evaluateCandidates(of: attack, on: set, threat: threat, model: model.classifier)
    }
    do {
      try write(found, to: output.path)
    } catch {
      return (found.evaluation, error)
    }
    return (found.evaluation, nil)
  }

  private func reportingProgress<Result>(_ body: (Evaluator, EvaluationSet) throws -> Result) throws -> Result {
    let progress = command.execution.progress(attack.title, total: data.count, unit: "examples")
    defer { progress.finish() }
    let evaluator = command.execution.evaluator(batchSize: command.batchSize, progress: progress)
    return try body(
      evaluator, EvaluationSet(images: data.images, labels: data.labels, ids: data.ids, targets: targets))
  }

  private func write(_ found: EvaluatedCandidates, to path: String) throws {
    guard !found.evaluation.examples.isEmpty else { return }
    let provenance = Provenance(
      command: commandArguments, seed: command.execution.seed, modelSHA256: model.file.sha256, dataSHA256: data.sha256)
    try AdversarialSet(
      found, images: cleanImages(of: found.evaluation), attack: try StandardOutput.json(AttackSummary(attack)),
      provenance: provenance
    ).write(to: path)
  }

  /// The images of the examples that were finished.
  private func cleanImages(of evaluation: Evaluation) -> Tensor<Float> {
    guard !evaluation.isComplete else { return data.images }
    let finished = Set(evaluation.examples.map(\.id))
    return data.images.gathering(data.ids.indices.filter { finished.contains(data.ids[$0]) })
  }

  func report(_ evaluation: Evaluation, isWritten: Bool) throws {
    let targets = command.attack.settings.targets
    let warnings = warnings(evaluation)
    guard !command.execution.json else {
      return try StandardOutput.print(
        json: AttackReport(
          evaluation, attack: attack, targets: targets, precision: command.gradients.precision, model: model,
          data: DataSummary(data, path: dataPath), warnings: warnings.map(\.text)))
    }
    var heading = Heading(holdsDoubts: false)
    heading.add(model)
    heading.add(data, path: dataPath, isGiven: command.data.data != nil)
    heading.add("threat", threat.text(epsilon: epsilon.argumentText))
    if let targets { heading.add("target", targets.title) }
    heading.add(command.gradients.precision)
    let table = AttackTable.text(
      evaluation, attack: attack, isTargeted: targets != nil, width: Terminal.standardOutput.tableWidth)
    var text = heading.text() + "\n\n" + table
    if !warnings.isEmpty { text += "\n" + EvaluationWarning.lines(warnings) }
    if isWritten, let output = command.output, !evaluation.examples.isEmpty { text += "\nwritten  \(output.path)" }
    try StandardOutput.print(text)
  }

  private func warnings(_ evaluation: Evaluation) -> [EvaluationWarning] {
    EvaluationWarning.all(
      of: data, model, threats: [(threat, epsilon.argumentText)], clean: Judgement(clean: evaluation),
      runs: [EvaluatedRun(attack: attack, epsilon: epsilon.argumentText, evaluation: evaluation)],
      isTargeted: targets != nil, canAttackMargin: true)
  }
}

extension ThreatModel {
  /// The same with the radius in decimals.
  var text: String { text(epsilon: NumberFormat.significant(Double(radius))) }

  /// `L∞, eps = 0.1 in stored pixel units (25.5/255), pixels in [0, 1]`; the radius as it was typed.
  func text(epsilon: String) -> String {
    let range = NumberFormat.interval(bounds)
    guard norm != .l0 else { return "L0, at most \(epsilon) pixel values changed, pixels in \(range)" }
    // Only there the literature counts in 255ths.
    let isUsual = norm == .linf && bounds == 0...1 && !epsilon.contains("/")
    let fraction = isUsual ? " (\(NumberFormat.significant(Double(radius) * 255))/255)" : ""
    return "\(norm.symbol), eps = \(epsilon) in stored pixel units\(fraction), pixels in \(range)"
  }
}
