internal import Attacks
internal import Compute
internal import Defences
internal import Exchange
internal import Networks
internal import Reports

/// What one attack came to.
struct AttackResult {
  let attack: any Attack
  /// The attack on the bare model, judged on the bare model; nil where that takes other images.
  let bare: Evaluation?
  /// What the attack on the bare model found, judged with the defence in front.
  let oblivious: Judgement?
  /// The attack on model and defence together, as it went, and what it found as the judge sees it.
  let adaptive: (evaluation: Evaluation, judgement: Judgement)?

  /// What is held against the model.
  var judgements: [Judgement] {
    guard let adaptive else { return bare.map { [Judgement($0)] } ?? [] }
    return [oblivious, adaptive.judgement].compactMap { $0 }
  }

  /// The evaluations behind it.
  var evaluations: [Evaluation] { [bare, adaptive?.evaluation].compactMap { $0 } }
}

/// What all attacks came to at one radius.
struct RadiusResult {
  let epsilon: Magnitude
  let threat: ThreatModel
  /// Without any attack: the bare model, and what is evaluated, which is the same without a defence.
  let clean: (bare: Judgement?, defended: Judgement)
  let attacks: [AttackResult]

  /// Every example under what does it most harm.
  var worst: Judgement { Judgement(worstOf: [clean.defended] + attacks.flatMap(\.judgements)) }
}

/// Everything one run of `evaluate` needs.
struct EvaluationSession {
  let command: EvaluateCommand
  let model: LoadedModel
  let dataPath: String
  let data: Dataset
  let defended: DefendedModel?
  private let set: EvaluationSet

  init(_ command: EvaluateCommand) throws {
    self.command = command
    dataPath = try command.data.path()
    data = try command.data.load(command.reading)
    let preprocessor = try command.preprocessor(for: data)
    model = try command.model.load(
      command.reading, for: try data.form(behind: preprocessor), dataDirectory: command.data.dataDirectory,
      gradients: command.gradients.arithmetic)
    defended = try DefendedModel(command, model, preprocessor)
    if let defended { try Self.check(data, defended, dataPath, model) } else { try model.check(data, path: dataPath) }
    set = try EvaluationSet(images: data.images, labels: data.labels, ids: data.ids)
    for epsilon in command.evaluation.eps.values { _ = try attacks(threat(epsilon)) }
  }

  /// Images must be what the preprocessor takes, which need not be what the model takes.
  private static func check(_ data: Dataset, _ defended: DefendedModel, _ path: String, _ model: LoadedModel) throws {
    let expected = try defended.preprocessor.inputShape(producing: model.classifier.inputShape)
    guard expected != model.classifier.inputShape else { return try model.check(data, path: path) }
    guard data.imageShape == expected, data.labels.allSatisfy({ $0 < model.classifier.classCount }) else {
      throw MismatchedFile(
        description: "\(path): expected images of \(expected) in \(model.classifier.classCount) classes, as "
          + "\(defended.preprocessor) and the model \(model.path) take, found \(data.imageShape)")
    }
  }

  /// The results radius by radius; fewer than asked for where it was interrupted.
  func evaluate() throws -> [RadiusResult] {
    InterruptSignal.listen()
    let radii = command.evaluation.eps.values
    let passes = try radii.reduce(0) { try $0 + attacks(threat($1)).count } * (defended == nil ? 1 : 2)
    let progress = command.execution.progress("evaluate", total: passes * data.count, unit: "examples")
    defer { progress.finish() }
    var results: [RadiusResult] = []
    for epsilon in radii {
      guard let result = try evaluate(epsilon, progress) else { break }
      results.append(result)
    }
    return results
  }

  private func threat(_ epsilon: Magnitude) -> ThreatModel {
    ThreatModel(norm: command.evaluation.norm, radius: epsilon.value, bounds: data.pixelRange)
  }

  private func attacks(_ threat: ThreatModel) throws -> [any Attack] {
    let attacks = try command.evaluation.suite.attacks(threat: threat, classCount: model.classifier.classCount)
    guard defended?.preprocessor.isRandomized == true else { return attacks }
    // What is misclassified on average over some draws may well be right in the next: these attacks go on to the end.
    return attacks.map { attack in
      guard var descent = attack as? ProjectedGradient else { return attack }
      descent.earlyStop = false
      return descent
    }
  }

  /// - Returns: nil where it was interrupted.
  private func evaluate(_ epsilon: Magnitude, _ progress: ProgressLine) throws -> RadiusResult? {
    let threat = threat(epsilon)
    guard let clean = try clean(threat) else { return nil }
    var results: [AttackResult] = []
    for attack in try attacks(threat) {
      guard let result = try evaluate(attack, threat, progress) else { return nil }
      results.append(result)
    }
    return RadiusResult(epsilon: epsilon, threat: threat, clean: clean, attacks: results)
  }

  private func clean(_ threat: ThreatModel) throws -> (bare: Judgement?, defended: Judgement)? {
    var bare: Judgement?
    if data.imageShape == model.classifier.inputShape {
      let evaluation = try evaluator(nil).verify(data.images, of: set, threat: threat, model: model.classifier)
      guard evaluation.isComplete else { return nil }
      bare = Judgement(evaluation)
    }
    let judged = try defended.map { try $0.judge(data.images, of: set, threat: threat, by: evaluator(nil)) } ?? bare
    return judged.map { (bare, $0) }
  }

  private func evaluate(_ attack: any Attack, _ threat: ThreatModel, _ progress: ProgressLine) throws -> AttackResult? {
    guard let defended else {
      let bare = try evaluator(progress).evaluate(attack, on: set, threat: threat, model: model.classifier)
      return bare.isComplete ? AttackResult(attack: attack, bare: bare, oblivious: nil, adaptive: nil) : nil
    }
    func run(on target: any DifferentiableClassifier) throws -> EvaluatedCandidates? {
      let found = try evaluator(progress).evaluateCandidates(of: attack, on: set, threat: threat, model: target)
      return found.evaluation.isComplete ? found : nil
    }
    func judge(_ candidates: Tensor<Float>) throws -> Judgement? {
      try defended.judge(candidates, of: set, threat: threat, by: evaluator(nil))
    }
    var bare: Evaluation?
    var oblivious: Judgement?
    if let target = try defended.obliviousTarget() {
      guard let found = try run(on: target), let judgement = try judge(found.candidatesInside(of: set)) else {
        return nil
      }
      (bare, oblivious) = (found.evaluation, judgement)
    }
    guard let found = try run(on: defended.adaptiveTarget()) else { return nil }
    let candidates = try defended.candidates(of: found, by: attack, on: set, threat: threat, evaluator: evaluator(nil))
    guard let judgement = try judge(candidates) else { return nil }
    return AttackResult(attack: attack, bare: bare, oblivious: oblivious, adaptive: (found.evaluation, judgement))
  }

  private func evaluator(_ progress: ProgressLine?) -> Evaluator {
    command.execution.evaluator(batchSize: command.batchSize, progress: progress)
  }

  func report(_ results: [RadiusResult]) throws {
    guard !command.execution.json else {
      return try StandardOutput.print(json: EvaluationReport(results, session: self))
    }
    var heading = Heading()
    heading.add(model)
    heading.add(data, path: dataPath, isGiven: command.data.data != nil)
    heading.add("norm", "\(command.evaluation.norm.symbol), pixels in \(NumberFormat.interval(data.pixelRange))")
    heading.add(command.gradients.precision)
    if let defended { EvaluationTable.describe(defended, in: &heading) }
    try StandardOutput.print(
      heading.text + "\n" + results.map { "\n" + EvaluationTable.text($0, isDefended: defended != nil) }.joined())
  }
}
