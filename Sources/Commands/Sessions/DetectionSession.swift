internal import Arguments
internal import Attacks
internal import Compute
internal import Defences
internal import Exchange
internal import Networks
internal import Reports
internal import Training

/// How a detector stands up to one attack.
struct DetectionResult {
  let title: String
  /// What the evaluator found.
  let evaluation: Evaluation
  /// The scores of clean images that are classified rightly, and of adversarial ones that are not.
  let roc: ROC

  /// The share of the images that are classified rightly and not broken, or broken and detected at 5 % false alarms.
  let robustAccuracy: Proportion
}

/// Everything one run of `evaluate --detector` needs.
struct DetectionSession {
  /// The share of clean images that may be taken for adversarial.
  static let falsePositiveRate = 0.05
  /// With early stopping it would end right at the boundary, where detectors have it easy or hard by chance.
  private static let obliviousAttack = ProjectedGradient(earlyStop: false)

  let command: EvaluateCommand
  let model: LoadedModel
  let dataPath: String
  let data: Dataset
  let detector: any Detector
  private let set: EvaluationSet

  init(_ command: EvaluateCommand, _ word: String) throws {
    self.command = command
    dataPath = try command.data.path()
    let (model, data) = try command.model.load(command.reading, with: command.data)
    self.data = data
    try model.check(data, path: dataPath)
    detector = try Self.detector(word, command, model, data, dataPath)
    set = try EvaluationSet(images: data.images, labels: data.labels, ids: data.ids)
    self.model = model
  }

  private static func detector(
    _ word: String, _ command: EvaluateCommand, _ model: LoadedModel, _ data: Dataset, _ path: String
  ) throws -> any Detector {
    let subject = DetectorSubject(
      model: model.classifier, bounds: try data.pixelRange.oneRange(for: "--detector"),
      features: {
        let network = try model.file.network.truncated(after: model.file.network.penultimateIndex)
        let keys = Set(network.parameterSpecifications.map(\.key))
        let parameters = Parameters(model.file.parameters.tensors.filter { keys.contains($0.key) })
        return try CompiledModel(network: network, parameters: parameters)
      },
      training: {
        let training = try command.data.load(command.reading, whole: "train", for: model.input)
        try model.check(training, path: path)
        return try LabelledImages(images: training.images, labels: training.labels, ids: training.ids)
      })
    do {
      return try DetectorCatalog.method(word).detector(for: subject)
    } catch let error as DefenceError {
      throw ValidationError("--detector: \(error).")
    }
  }

  /// For every radius an attack that ignores the detector and one that knows it; fewer where it was interrupted.
  func evaluate() throws -> [[DetectionResult]] {
    InterruptSignal.listen()
    let radii = command.evaluation.eps.values
    let progress = command.execution.progress("evaluate", total: 2 * radii.count * data.count, unit: "examples")
    defer { progress.finish() }
    let clean = try scores(of: data.images)
    var results: [[DetectionResult]] = []
    for epsilon in radii {
      let threat = ThreatModel(norm: command.evaluation.norm, radius: epsilon.value, bounds: data.pixelRange)
      guard let result = try evaluate(threat, clean, progress) else { break }
      results.append(result)
    }
    return results
  }

  private func evaluate(
    _ threat: ThreatModel, _ clean: [Double], _ progress: ProgressLine
  ) throws -> [DetectionResult]? {
    var evaluator = command.execution.evaluator(batchSize: command.batchSize, progress: progress)
    let oblivious = try evaluator.evaluateCandidates(
      of: Self.obliviousAttack, on: set, threat: threat, model: model.classifier)
    guard oblivious.evaluation.isComplete, let candidates = try awareCandidates(threat, progress) else { return nil }
    evaluator.onProgress = nil
    let aware = try evaluator.verify(candidates, of: set, threat: threat, model: model.classifier)
    guard aware.isComplete else { return nil }
    return [
      try result("PGD, knows nothing of it", oblivious.evaluation, oblivious.images, clean),
      try result("takes turns, knows it", aware, candidates, clean),
    ]
  }

  /// - Returns: nil where it was interrupted.
  private func awareCandidates(_ threat: ThreatModel, _ progress: ProgressLine) throws -> Tensor<Float>? {
    let ranges = command.execution.workers.balancedRanges(count: data.count, largest: command.batchSize)
    let random = RandomSource(seed: command.execution.seed)
    let parts = try command.execution.workers.map(ranges.count) {
      [data, detector, classifier = model.classifier] shard -> Tensor<Float>? in
      guard !InterruptSignal.isRaised else { return nil }
      let rows = ranges[shard]
      let found = try DetectorAwareAttack().perturb(
        data.images.examples(rows), ids: Array(data.ids[rows]),
        goal: .misclassify(labels: Array(data.labels[rows])), threat: threat, model: classifier,
        detector: detector, random: random)
      progress.advance(by: rows.count)
      return found
    }
    let finished = parts.compactMap { $0 }
    return finished.count == ranges.count ? Tensor.concatenating(finished) : nil
  }

  private func result(
    _ title: String, _ evaluation: Evaluation, _ candidates: Tensor<Float>, _ clean: [Double]
  ) throws -> DetectionResult {
    let outcomes = evaluation.examples
    let right = outcomes.indices.filter { outcomes[$0].cleanPrediction == outcomes[$0].label }
    let broken = outcomes.indices.filter { outcomes[$0].isBroken }
    let scores = try scores(of: candidates.gathering(broken))
    let roc = ROC(negatives: right.map { clean[$0] }, positives: scores)
    let threshold = roc.threshold(falsePositiveRate: Self.falsePositiveRate)
    let all = evaluation.robustAccuracy
    return DetectionResult(
      title: title, evaluation: evaluation, roc: roc,
      robustAccuracy: Proportion(
        hits: all.hits + scores.count { !($0 <= threshold) }, count: all.count))
  }

  private func scores(of images: Tensor<Float>) throws -> [Double] {
    let ranges = command.execution.workers.balancedRanges(count: images.exampleCount, largest: 256)
    let scores = try command.execution.workers.map(ranges.count) { [detector] in
      try detector.scores(of: images.examples(ranges[$0]))
    }
    return scores.flatMap { $0 }
  }

  func report(_ results: [[DetectionResult]]) throws {
    let warnings = warnings(results)
    guard !command.execution.json else {
      return try StandardOutput.print(
        json: DetectionReport(results, warnings: warnings.map(\.text), session: self))
    }
    var heading = Heading(holdsDoubts: false)
    heading.add(model)
    heading.add(data, path: dataPath, isGiven: command.data.data != nil)
    heading.add("norm", "\(command.evaluation.norm.symbol), pixels in \(NumberFormat.interval(data.pixelRange))")
    heading.add("detector", "\(detector)")
    let tables = zip(command.evaluation.eps.values, results).map { DetectionTable.text($1, epsilon: $0) }
    try StandardOutput.print(
      heading.text() + "\n" + tables.map { "\n" + $0 }.joined()
        + (warnings.isEmpty ? "" : "\n" + EvaluationWarning.lines(warnings)))
  }

  /// Of the two attacks only the one that knows nothing of the detector is one of the catalogue, which counts its gradients.
  private func warnings(_ results: [[DetectionResult]]) -> [EvaluationWarning] {
    let runs = zip(command.evaluation.eps.values, results).compactMap { epsilon, results in
      results.first.map {
        EvaluatedRun(attack: Self.obliviousAttack, epsilon: epsilon.argumentText, evaluation: $0.evaluation)
      }
    }
    return EvaluationWarning.all(
      of: data, model, threats: runs.map { ($0.evaluation.threat, $0.epsilon) },
      clean: runs.first.map { Judgement(clean: $0.evaluation) }, runs: runs, isTargeted: false, canAttackMargin: false)
  }
}
