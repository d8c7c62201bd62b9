internal import Arguments
internal import Attacks
internal import Compute
internal import Defences
internal import Exchange
internal import Networks
internal import Reports

/// Everything one run of many attacks or radii, or of a preprocessor, needs.
struct EvaluationSession {
  let request: EvaluationRequest
  let model: LoadedModel
  let dataPath: String
  let data: Dataset
  let defended: DefendedModel?
  private let set: EvaluationSet

  init(_ request: EvaluationRequest) throws {
    self.request = request
    dataPath = try request.data.path()
    let stored = try request.data.load(request.reading)
    let drafted = try request.preprocessor(for: stored) {
      try request.data.load(request.reading, whole: "train").images
    }
    model = try request.model.load(
      request.reading, for: try stored.form(behind: drafted), dataDirectory: request.data.dataDirectory,
      gradients: request.gradients.arithmetic)
    let data = try request.data.fitted(stored, to: model.input, request.reading)
    // A network that takes bytes as they are stored has other bounds.
    let preprocessor =
      data.pixelRange == stored.pixelRange
      ? drafted
      : try request.preprocessor(for: data) { [model] in
        try request.data.load(request.reading, whole: "train", for: model.input).images
      }
    defended = try DefendedModel(request, model, preprocessor)
    if let defended { try Self.check(data, defended, dataPath, model) } else { try model.check(data, path: dataPath) }
    let judged: any DifferentiableClassifier = try defended?.adaptiveTarget() ?? model.classifier
    let aim = try TargetSelection(request.settings.targets, at: data, judged, request.execution)
    self.data = aim.data
    set = try EvaluationSet(images: aim.data.images, labels: aim.data.labels, ids: aim.data.ids, targets: aim.targets)
    for epsilon in request.radii { _ = try attacks(threat(epsilon)) }
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

  /// Runs all attacks radius by radius, prints every row as it comes, and writes the adversarial examples where that was
  /// asked for.
  ///
  /// - Throws: `Interruption` where it was, after what was finished has been printed and written; `RequirementFailure`
  ///   where the robust accuracy at any radius is below `required`.
  func run(requiring required: Double?) throws {
    let output = EvaluationOutput(self)
    try output.begin()
    let (results, union) = try evaluate(output)
    // What was found is worth showing even where it cannot be written.
    let writing = Result { try write(union) }
    try output.end(results, isWritten: (try? writing.get()) != nil)
    try writing.get()
    let finished = results.count(where: \.isComplete)
    guard finished == request.radii.count else {
      throw Interruption(
        description: "interrupted after \(finished) of \(counted(request.radii.count, "radius", "radii"))"
          + (results.last.map { $0.isComplete ? "" : " and \($0.attacks.count) of \($0.requested) attacks of the next" }
            ?? ""))
    }
    guard let required else { return }
    for result in results where (result.worst.accuracy ?? 0) < required {
      throw RequirementFailure(
        description: "robust accuracy \(NumberFormat.percentage(result.worst.accuracy ?? 0)) at eps = "
          + "\(result.epsilon.argumentText) is below the required \(NumberFormat.percentage(required))")
    }
  }

  /// The results radius by radius; fewer than asked for where it was interrupted, and the last of them partial. Beside
  /// them what is to be written.
  private func evaluate(_ output: EvaluationOutput) throws -> ([RadiusResult], UnionOfCandidates) {
    InterruptSignal.listen()
    try request.output?.check(room: AdversarialSet.byteCount(of: data))
    let plan = try request.radii.map { try attacks(threat($0)) }
    let runs = plan.joined().flatMap(weights(of:))
    let progress = request.execution.progress(request.command, total: runs.count * data.count, unit: "examples")
    defer { progress.finish() }
    var work = WorkPlan(total: runs.reduce(0, +))
    var union = UnionOfCandidates()
    var results: [RadiusResult] = []
    for (epsilon, attacks) in zip(request.radii, plan) {
      guard let clean = try clean(threat(epsilon)) else { break }
      var result = RadiusResult(epsilon: epsilon, threat: threat(epsilon), clean: clean, requested: attacks.count)
      try output.begin(result, progress)
      for attack in attacks {
        progress.begin("\(attack.title), eps \(epsilon.argumentText)")
        guard let found = try evaluate(attack, result.threat, progress, &work, &union) else { break }
        result.attacks.append(found)
        try output.add(found, progress)
      }
      results.append(result)
      try output.end(result, progress)
      guard result.isComplete else { break }
    }
    return (results, union)
  }

  private func threat(_ epsilon: PixelLength) -> ThreatModel {
    ThreatModel(norm: request.norm, radius: epsilon.value, bounds: data.pixelRange)
  }

  private func attacks(_ threat: ThreatModel) throws -> [any Attack] {
    let attacks = try request.attacks(threat, model.classifier.classCount, model.notes.contains { $0.doubt != nil })
    guard defended?.preprocessor.isRandomized == true else { return attacks }
    // What is misclassified on average over some draws may well be right in the next: these attacks go on to the end.
    return attacks.map { attack in
      guard var descent = attack as? ProjectedGradient else { return attack }
      descent.earlyStop = false
      return descent
    }
  }

  /// How long the runs of an attack take in proportion: on the bare model, and with the defence, which is asked several
  /// times for each pass.
  private func weights(of attack: any Attack) -> [Double] {
    guard let defended else { return [attack.passesPerExample] }
    return [attack.passesPerExample, attack.passesPerExample * Double(defended.samples)]
  }

  private func clean(_ threat: ThreatModel) throws -> (bare: Judgement?, defended: Judgement)? {
    var bare: Judgement?
    if data.imageShape == model.classifier.inputShape {
      let evaluation = try evaluator().verify(data.images, of: set, threat: threat, model: model.classifier)
      guard evaluation.isComplete else { return nil }
      bare = Judgement(evaluation)
    }
    let judged = try defended.map { try $0.judge(data.images, of: set, threat: threat, by: evaluator()) } ?? bare
    return judged.map { (bare, $0) }
  }

  /// - Returns: nil where it was interrupted.
  private func evaluate(
    _ attack: any Attack, _ threat: ThreatModel, _ progress: ProgressLine, _ work: inout WorkPlan,
    _ union: inout UnionOfCandidates
  ) throws -> AttackResult? {
    let parts = weights(of: attack).map { work.next($0) }
    if let defended {
      return try evaluate(
        attack, defended, threat, oblivious: evaluator(progress, parts[0]), adaptive: evaluator(progress, parts[1]))
    }
    let evaluator = evaluator(progress, parts[0])
    let bare: Evaluation
    if request.output == nil {
      bare = try evaluator.evaluate(attack, on: set, threat: threat, model: model.classifier)
    } else {
      let found = try evaluator.evaluateCandidates(of: attack, on: set, threat: threat, model: model.classifier)
      if found.evaluation.isComplete { union.add(found, by: attack) }
      bare = found.evaluation
    }
    return bare.isComplete ? AttackResult(attack: attack, bare: bare, oblivious: nil, adaptive: nil) : nil
  }

  /// - Returns: nil where it was interrupted.
  private func evaluate(
    _ attack: any Attack, _ defended: DefendedModel, _ threat: ThreatModel, oblivious: Evaluator,
    adaptive: Evaluator
  ) throws -> AttackResult? {
    func judge(_ candidates: Tensor<Float>) throws -> Judgement? {
      try defended.judge(candidates, of: set, threat: threat, by: evaluator())
    }
    var bare: Evaluation?
    var judged: Judgement?
    if let target = try defended.obliviousTarget() {
      let found = try oblivious.evaluateCandidates(of: attack, on: set, threat: threat, model: target)
      guard found.evaluation.isComplete, let judgement = try judge(found.candidatesInside(of: set)) else { return nil }
      (bare, judged) = (found.evaluation, judgement)
    }
    let found = try adaptive.evaluateCandidates(
      of: attack, on: set, threat: threat, model: defended.adaptiveTarget())
    guard found.evaluation.isComplete else { return nil }
    let candidates = try defended.candidates(of: found, by: attack, on: set, threat: threat, evaluator: evaluator())
    guard let judgement = try judge(candidates) else { return nil }
    return AttackResult(attack: attack, bare: bare, oblivious: judged, adaptive: (found.evaluation, judgement))
  }

  private func evaluator(_ progress: ProgressLine? = nil, _ part: ClosedRange<Double> = 0...1) -> Evaluator {
    request.execution.evaluator(batchSize: request.batchSize, progress: progress, part: part)
  }

  private func write(_ union: UnionOfCandidates) throws {
    guard let output = request.output, let found = union.found else { return }
    let provenance = Provenance(
      command: commandArguments, seed: request.execution.seed, modelSHA256: model.file.sha256, dataSHA256: data.sha256)
    try AdversarialSet(
      found, images: data.images, attack: try StandardOutput.json(union.attacks.map(AttackSummary.init)),
      provenance: provenance
    ).write(to: output.path)
  }
}
