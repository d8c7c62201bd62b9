import Networks

/// Results of one shard.
struct EvaluatedShard: Sendable {
  var examples: [ExampleOutcome]
  var firstError: (any Error)?
}

/// The evaluation of the examples of one shard, on one thread.
struct ShardEvaluation {
  let offset: Int
  let set: EvaluationSet
  let threat: ThreatModel
  let model: any Classifier
  let search: CandidateSearch
  let options: Evaluator
  let monitor: ProgressMonitor

  /// Input check, clean pass, attack, check of the candidates, adversarial pass: each on what the one before left over.
  ///
  /// - Returns: The results, and what the attack gave back for each example: the clean image where it was not attacked or
  ///   the attack gave nothing usable.
  func run() throws(Cancellation) -> (shard: EvaluatedShard, candidates: Tensor<Float>) {
    try monitor.check()
    var shard = EvaluatedShard(examples: set.labels.indices.map(set.outcome))
    var candidates = set.images
    var rows = checkInputs(&shard)
    rows = predictClean(rows, &shard)
    rows = try attack(rows, &shard, &candidates)
    predict(rows, of: candidates, &shard) { $0.adversarialPrediction = $1 }
    for row in rows { judge(row, &shard.examples[row]) }
    round(rows.filter { shard.examples[$0].isBroken }, of: candidates, &shard)
    monitor.finished(set.count, passes: shard.examples.reduce(0) { $0 + $1.forwards + $1.backwards })
    return (shard, candidates)
  }

  /// - Returns: The rows of the examples fit for evaluation.
  private func checkInputs(_ shard: inout EvaluatedShard) -> [Int] {
    set.labels.indices.filter { row in
      guard let defect = inputDefect(row) else { return true }
      shard.examples[row].status = .invalid(defect)
      return false
    }
  }

  private func inputDefect(_ row: Int) -> Defect? {
    let (classes, label) = (0..<model.classCount, set.labels[row])
    guard classes.contains(label) else { return .label(label) }
    if let target = set.targets?[row], !classes.contains(target) || target == label { return .target(target) }
    // Readers of other formats may leave pixels a rounding outside the bounds; an attack's result may not be.
    switch PixelCheck(set.images.examples(row..<row + 1), bounds: threat.bounds.widened(by: 1e-6)) {
    case .inside: return nil
    case .outside: return .imageOutsideBounds
    case .notFinite: return .imageNotFinite
    }
  }

  /// - Returns: The rows of the examples to attack.
  private func predictClean(_ rows: [Int], _ shard: inout EvaluatedShard) -> [Int] {
    predict(rows, of: set.images, &shard) { outcome, prediction in
      outcome.cleanPrediction = prediction
      if prediction != outcome.label { outcome.adversarialPrediction = prediction }
    }
    return rows.filter { row in
      let prediction = shard.examples[row].cleanPrediction
      return prediction == set.labels[row] || (options.attacksMisclassified && prediction != nil)
    }
  }

  /// Enters the predictions for some of the images, or else a defect.
  private func predict(
    _ rows: [Int], of images: Tensor<Float>, _ shard: inout EvaluatedShard,
    enter: (inout ExampleOutcome, Int) -> Void
  ) {
    let results = attempt(rows) { rows in predictions(of: try model.logits(of: images.gathering(rows))) }
    for (row, result) in zip(rows, results) {
      switch result {
      case .success(.some(let prediction)): enter(&shard.examples[row], prediction)
      case .success(.none): shard.examples[row].status = .invalid(.logitsNotFinite)
      case .failure(let error):
        shard.examples[row].status = .invalid(.modelFailed("\(error)"))
        shard.firstError = shard.firstError ?? error
      }
    }
  }

  /// - Returns: The rows whose candidates can be shown to the model.
  private func attack(
    _ rows: [Int], _ shard: inout EvaluatedShard, _ candidates: inout Tensor<Float>
  ) throws(Cancellation) -> [Int] {
    guard !rows.isEmpty else { return [] }
    let ids = rows.map { set.ids[$0] }
    let trace =
      search.isBlackBox
      ? QueryTrace(set.images.gathering(rows), ids: ids, goal: set.goal[rows], norm: threat.norm) : nil
    let counter = QueryCounter(ids: ids, budget: options.queryBudget, trace: trace) {
      [monitor] forwards, backwards in
      try monitor.check()
      monitor.passed(forwards: forwards, backwards: backwards)
    }
    let model = AttackedModel(model, counter: counter)
    let clock = ContinuousClock()
    let start = clock.now
    let results = attempt(rows) { rows in
      counter.restart(rows.map { set.ids[$0] })
      return try self.candidates(for: rows, model: model)
    }
    let seconds = (clock.now - start) / .seconds(1) / Double(rows.count)
    let (counts, traces) = (counter.counts, trace?.points)
    var found: [Int] = []
    for (position, row) in rows.enumerated() {
      shard.examples[row].forwards = counts.forwards[position]
      shard.examples[row].backwards = counts.backwards[position]
      shard.examples[row].zeroGradients = counts.zeroGradients[position]
      shard.examples[row].seconds = seconds
      shard.examples[row].trace = traces?[position]
      if try enter(results[position], row: row, &shard, &candidates) { found.append(row) }
    }
    return found
  }

  private func candidates(for rows: [Int], model: AttackedModel) throws -> [Tensor<Float>] {
    let images = set.images.gathering(rows)
    let task = AttackTask(
      images: images, ids: rows.map { set.ids[$0] }, goal: set.goal[rows], threat: search.threat(threat),
      random: options.random)
    let found = try search.find(rows.map { offset + $0 }, task, model)
    guard found.shape == images.shape else {
      throw Defect.candidateShape(found: found.shape, expected: images.shape)
    }
    return rows.indices.map { found.examples($0..<$0 + 1) }
  }

  /// Stores a candidate with its distances, or what is wrong with it.
  ///
  /// - Returns: Whether the candidate can be shown to the model.
  private func enter(
    _ result: Result<Tensor<Float>, any Error>, row: Int, _ shard: inout EvaluatedShard,
    _ candidates: inout Tensor<Float>
  ) throws(Cancellation) -> Bool {
    switch result {
    case .failure(let error as Cancellation): throw error
    case .failure(let defect as Defect): shard.examples[row].status = .invalid(defect)
    // Within its queries the attack found nothing: the clean image is all that it has.
    case .failure(is QueryBudgetSpent):
      measure(set.images.examples(row..<row + 1), row: row, &shard.examples[row])
      return true
    case .failure(let error):
      shard.examples[row].status = .invalid(.attackFailed("\(error)"))
      shard.firstError = shard.firstError ?? error
    case .success(let candidate):
      candidates.replace(row..<row + 1, by: candidate)
      measure(candidate, row: row, &shard.examples[row])
      return shard.examples[row].status != .invalid(.candidateNotFinite)
    }
    return false
  }

  private func measure(_ candidate: Tensor<Float>, row: Int, _ outcome: inout ExampleOutcome) {
    let image = set.images.examples(row..<row + 1)
    outcome.fingerprint = Fingerprint.of(candidate)
    outcome.distance = threat.distances(from: image, to: candidate)[0]
    outcome.distanceLinf = Norm.linf.distances(from: image, to: candidate)[0]
    outcome.distanceL2 = Norm.l2.distances(from: image, to: candidate)[0]
    outcome.status =
      switch PixelCheck(candidate, bounds: threat.bounds) {
      case .notFinite: .invalid(.candidateNotFinite)
      case .outside: .invalid(.candidateOutsideBounds)
      case .inside where search.budget == .fixed && !threat.allows(outcome.distance):
        .invalid(.candidateOutsideBall(distance: outcome.distance))
      case .inside:
        if let found = search.limits?.violation(from: image, to: candidate) {
          .invalid(.candidateOutsideLimits(found))
        } else {
          outcome.cleanPrediction == outcome.label ? .robust : .misclassified
        }
      }
  }

  /// Shows the broken examples once more, rounded to whole steps of the pixel range.
  private func round(_ rows: [Int], of candidates: Tensor<Float>, _ shard: inout EvaluatedShard) {
    guard let bits = options.roundingBits, !rows.isEmpty else { return }
    let rounded = threat.bounds.rounding(candidates.gathering(rows), bits: bits)
    let found = attempt(Array(rows.indices)) { part in
      predictions(of: try model.logits(of: rounded.gathering(part)))
    }
    for (row, result) in zip(rows, found) {
      shard.examples[row].survivesRounding = set.goal.isReached(row: row, by: (try? result.get()) ?? nil)
    }
  }

  private func judge(_ row: Int, _ outcome: inout ExampleOutcome) {
    guard outcome.status == .robust, set.goal.isReached(row: row, by: outcome.adversarialPrediction) else { return }
    outcome.status = search.budget == .transformation || threat.allows(outcome.distance) ? .broken : .beyondRadius
  }
}

extension ThreatModel {
  /// Whether a distance keeps the radius, up to the slack that `Evaluator` documents.
  func allows(_ distance: Float) -> Bool {
    guard norm != .l0, radius > 0 else { return distance <= radius }
    let largest = bounds.ends.reduce(0) { max($0, abs($1)) }
    return Double(distance) <= Double(radius) * (1 + 1e-6) + Double(largest.ulp)
  }
}

/// What the pixels of one example are.
private enum PixelCheck {
  case inside
  case outside
  case notFinite

  init(_ image: Tensor<Float>, bounds: PixelBox) {
    guard image.withUnsafeScalars({ $0.allSatisfy(\.isFinite) }) else {
      self = .notFinite
      return
    }
    self = bounds.contains(image) ? .inside : .outside
  }
}

/// The results of `body` for some rows together or, if it fails, for each by itself, so that one bad example can't
/// spoil a batch.
private func attempt<Value>(_ rows: [Int], _ body: ([Int]) throws -> [Value]) -> [Result<Value, any Error>] {
  do {
    return try body(rows).map(Result.success)
  } catch {
    guard rows.count > 1, !(error is Cancellation) else { return rows.map { _ in .failure(error) } }
    return rows.flatMap { attempt([$0], body) }
  }
}
