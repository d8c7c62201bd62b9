public import Networks
import Synchronization

/// Runs attacks and believes none of them.
///
/// Images that the model classifies wrongly anyway are not attacked. Of the others the attack gives a candidate; the
/// evaluator then runs the model on it once more in a pass of its own, measures the distance, and checks that the
/// candidate is finite, in the box and in the ball. It clips nothing: a candidate that breaks a rule is reported as
/// invalid and counts neither as a success nor as robust. An example that makes model or attack fail, or the model give
/// logits that are not finite, gets that status too; the rest of its batch is tried again without it. So does one whose
/// image or label is unfit: every example counts in every accuracy, so that a union of attacks can't exceed any of them.
///
/// The ball is checked with a slack of 1e-6 of the radius and one unit in the last place of the largest pixel value:
/// what single precision may add to a point that is computed rightly. A ball of radius 0 has none: it holds the image.
public struct Evaluator: Sendable {
  /// The processes among which the examples are shared out, and their threads. All processes get the whole result.
  public var workers = Workers(count: 1)
  /// The most examples attacked together; fewer where that keeps all threads busy. Results do not depend on it.
  public var batchSize = 128
  /// The randomness of the attacks.
  public var random = RandomSource(seed: 0)
  /// The forward passes that an attack may make for each example; nil for any number. What it finds with more is not
  /// taken.
  public var queryBudget: Int?
  /// Whether images that the model classifies wrongly are attacked too. Their status stays, but their candidates may do
  /// harm elsewhere: to single draws of a randomised model that is wrong only on average.
  public var attacksMisclassified = false
  /// The bits to which the pixels of adversarial images are rounded to see whether they still are adversarial: a file of
  /// 8 bits holds no others. Nil where that is not asked.
  public var roundingBits: Int?
  /// Which part of all the work an evaluation is, for those who are told of its progress.
  public var part = 0.0...1.0
  /// Whether a failure of model or attack on every example is none of the whole: others were evaluated before.
  var acceptsFailures = false
  /// Told about every pass, on the thread that makes it and never by two at once; should be quick.
  public var onProgress: (@Sendable (EvaluationProgress) -> Void)?
  /// Asked before every pass of an attack; batches not finished are left out of the result.
  public var isCancelled: @Sendable () -> Bool = { false }

  /// One thread, batches of 128, seed 0.
  public init() {}

  /// Attacks every image of a set that the model classifies rightly, and checks what the attack gives back, which is let
  /// go as soon as it is checked.
  ///
  /// - Throws: `AttackError` or `ThreatModelError` if the attack can't be run as asked; what model or attack throw if
  ///   they do so for every single example.
  public func evaluate(
    _ attack: any Attack, on set: EvaluationSet, threat: ThreatModel, model: any Classifier
  ) throws -> Evaluation {
    try check(attack, threat: threat, model: model)
    return try evaluate(CandidateSearch(attack), on: set, threat: threat, model: model)
  }

  /// The same of candidates that are found in another way than by an attack alone.
  ///
  /// - Throws: As `evaluate` of an attack does.
  public func evaluate(
    _ search: CandidateSearch, on set: EvaluationSet, threat: ThreatModel, model: any Classifier
  ) throws -> Evaluation {
    try self.search(search, on: set, keepsCandidates: false, threat: threat, model: model).checked(by: self).evaluation
  }

  /// The same with what the attack gives back, which takes as much memory again as the images.
  ///
  /// - Throws: As `evaluate` does.
  public func evaluateCandidates(
    of attack: any Attack, on set: EvaluationSet, threat: ThreatModel, model: any Classifier
  ) throws -> EvaluatedCandidates {
    try check(attack, threat: threat, model: model)
    return try evaluateCandidates(of: CandidateSearch(attack), on: set, threat: threat, model: model)
  }

  /// The same of candidates that are found in another way than by an attack alone.
  ///
  /// - Throws: As `evaluate` does.
  public func evaluateCandidates(
    of search: CandidateSearch, on set: EvaluationSet, threat: ThreatModel, model: any Classifier
  ) throws -> EvaluatedCandidates {
    let found = try self.search(search, on: set, keepsCandidates: true, threat: threat, model: model).checked(by: self)
    return EvaluatedCandidates(evaluation: found.evaluation, images: found.candidates ?? set.images)
  }

  private func check(_ attack: any Attack, threat: ThreatModel, model: any Classifier) throws {
    try attack.validate(threat: threat, classCount: model.classCount)
    guard attack is any BlackBoxAttack || model is any DifferentiableClassifier else {
      throw AttackError.noGradient(attack: type(of: attack).name)
    }
  }

  /// Checks candidates that somebody else has found, one for each image of a set, in the same way. `budget` says whether
  /// one beyond the radius breaks a rule, `limits` what it must keep to in place of the radius.
  public func verify(
    _ candidates: Tensor<Float>, of set: EvaluationSet, threat: ThreatModel, budget: Budget = .fixed,
    limits: (any ChangeLimits)? = nil, model: any Classifier
  ) throws -> Evaluation {
    guard candidates.shape == set.images.shape else {
      throw AttackError.shape(found: candidates.shape, expected: set.images.shape)
    }
    var given = CandidateSearch(budget: budget, passesPerExample: 0) { rows, _, _ in candidates.gathering(rows) }
    given.limits = limits
    return try evaluate(given, on: set, threat: threat, model: model)
  }

  /// Runs a search on a set, whose results are judged one by one.
  ///
  /// - Returns: The results, with the candidates where they are kept, and the first error of model or attack.
  /// - Throws: `AttackError` or `ThreatModelError` if the attack can't be run as asked.
  func search(
    _ search: CandidateSearch, on set: EvaluationSet, keepsCandidates: Bool, threat: ThreatModel,
    model: any Classifier
  ) throws -> SearchEnd {
    guard keepsCandidates else {
      let (evaluation, _, firstError) = try run(search, on: set, threat: threat, model: model)
      return SearchEnd(results: EvaluatedRange(evaluation: evaluation), firstError: firstError)
    }
    // Batches go straight to their places.
    let images = Mutex(set.images)
    let (evaluation, finished, firstError) = try run(search, on: set, threat: threat, model: model) {
      range, candidates in
      images.withLock { $0.replace(range, by: candidates) }
    }
    let ranks = workers.ranks
    let own = images.withLock { $0 }
    let all = ranks.isAlone ? own : try ranks.joined(own.examples(ranks.share(of: set.count)))
    let rows = finished.flatMap(Array.init)
    return SearchEnd(
      results: EvaluatedRange(
        evaluation: evaluation, images: evaluation.isComplete ? set.images : set.images.gathering(rows),
        candidates: evaluation.isComplete ? all : all.gathering(rows)),
      firstError: firstError)
  }

  /// Takes the checked candidates of one batch, a range of the set.
  private typealias CandidateReceiver = @Sendable (_ range: Range<Int>, _ candidates: Tensor<Float>) -> Void

  private func run(
    _ search: CandidateSearch, on set: EvaluationSet, threat: ThreatModel, model: any Classifier,
    onCandidates: CandidateReceiver? = nil
  ) throws -> (evaluation: Evaluation, finished: [Range<Int>], firstError: (any Error)?) {
    try threat.validate()
    guard set.count == 0 || set.images.shape.example == model.inputShape else {
      throw AttackError.shape(found: set.images.shape.example, expected: model.inputShape)
    }
    try threat.validate(for: model.inputShape)
    let clock = ContinuousClock()
    let start = clock.now
    let share = workers.ranks.share(of: set.count)
    let monitor = ProgressMonitor(
      total: share.count, passesPerExample: search.passesPerExample, part: part, onProgress: onProgress,
      isCancelled: isCancelled)
    let ranges = workers.balancedRanges(count: share.count, largest: batchSize).map {
      share.lowerBound + $0.lowerBound..<share.lowerBound + $0.upperBound
    }
    // Every batch enters its own at their places, so that nothing is there twice.
    let outcomes = Mutex(set.labels.indices.map(set.outcome))
    let ends = try workers.map(ranges.count) { index -> ShardEnd in
      let task = ShardEvaluation(
        offset: ranges[index].lowerBound, set: set.examples(ranges[index]), threat: threat, model: model,
        search: search, options: self, monitor: monitor)
      do {
        let (shard, candidates) = try task.run()
        onCandidates?(ranges[index], candidates)
        outcomes.withLock { outcomes in
          for (row, outcome) in zip(ranges[index], shard.examples) { outcomes[row] = outcome }
        }
        return .finished(firstError: shard.firstError)
      } catch is Cancellation {
        return .cancelled
      }
    }
    // An attack that refuses what it is asked has not failed on an example.
    let errors = ends.lazy.compactMap(\.firstError)
    if let refusal = errors.first(where: { $0 is AttackError }) { throw refusal }
    let finished = try workers.ranks.gather(ranges: zip(ranges, ends).compactMap { $1.isFinished ? $0 : nil })
    let all = try workers.ranks.gather(coded: Array(outcomes.withLock { $0 }[share]))
    let isComplete = finished.reduce(0) { $0 + $1.count } == set.count
    let examples = isComplete ? all : finished.flatMap { all[$0] }
    let evaluation = Evaluation(
      examples: examples, requested: set.count, threat: threat, seconds: (clock.now - start) / .seconds(1))
    return (evaluation, finished, errors.first)
  }
}

/// What a search gave, and what made it fail on the first example on which it did.
struct SearchEnd {
  let results: EvaluatedRange
  let firstError: (any Error)?

  /// The results, unless model or attack failed on every example: that is no result but an error.
  func checked(by evaluator: Evaluator) throws -> EvaluatedRange {
    if let firstError, !evaluator.acceptsFailures, results.evaluation.hasOnlyFailures { throw firstError }
    return results
  }
}

/// How the evaluation of a shard ended.
private enum ShardEnd {
  case finished(firstError: (any Error)?)
  case cancelled

  var isFinished: Bool { if case .finished = self { true } else { false } }
  var firstError: (any Error)? { if case .finished(let error) = self { error } else { nil } }
}

extension Ranks {
  /// The ranges that every rank gives, in the order of the ranks.
  fileprivate func gather(ranges: [Range<Int>]) throws -> [Range<Int>] {
    let ends = try gather(values: ranges.flatMap { [$0.lowerBound, $0.upperBound] }).flatMap(\.self)
    return stride(from: 0, to: ends.count, by: 2).map { ends[$0]..<ends[$0 + 1] }
  }
}

extension ExampleOutcome {
  /// Whether model or attack threw. One example that fails is a status, all of them are an error.
  var hasFailed: Bool {
    switch status {
    case .invalid(.modelFailed), .invalid(.attackFailed): true
    case .invalid, .misclassified, .robust, .broken, .beyondRadius: false
    }
  }
}
