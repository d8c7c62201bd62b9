import Attacks
import Hyperparameters
import Networks
import Synchronization
import TestSupport
import Testing

private let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 4, seed: 2)
private let threat = ThreatModel(norm: .linf, radius: 0.2)

/// An attack that breaks a rule.
private struct LyingAttack: Attack {
  enum Lie: String, Codable { case leavesBall, leavesBox, notFinite, infinite, shape, error, errorForOne }
  static let method = Method(name: "liar", title: "Liar", summary: "Lies.")
  static let norms = Norm.allCases
  var lie = Lie.leavesBall

  func perturb(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    let images = task.images
    var scalars = images.scalars
    switch lie {
    // Every image inverted: far away, in the box, and surely of another class for many.
    case .leavesBall: scalars = scalars.map { 1 - $0 }
    case .leavesBox: scalars = scalars.map { $0 < 0.1 ? $0 - 0.1 : $0 }
    case .notFinite: scalars[0] = .nan
    case .infinite: scalars[0] = .infinity
    case .shape: return images.reshaped(to: [images.exampleCount, images.exampleSize])
    case .error: throw LyingError()
    case .errorForOne:
      if task.ids.contains(5) { throw LyingError() }
      return try ProjectedGradient().perturb(task, model: model)
    }
    return Tensor(shape: images.shape, scalars: scalars)
  }
}

private struct LyingError: Error {}

private func set(_ count: Int = 12) throws -> EvaluationSet {
  try evaluationSet(images(count, shape: model.inputShape), model: model)
}

private func found(_ lie: LyingAttack.Lie, batchSize: Int = 4) throws -> EvaluatedCandidates {
  try evaluator(batchSize: batchSize).evaluateCandidates(
    of: LyingAttack(lie: lie), on: set(), threat: threat, model: model)
}

private func evaluation(_ lie: LyingAttack.Lie, batchSize: Int = 4) throws -> Evaluation {
  try found(lie, batchSize: batchSize).evaluation
}

@Test func leavingTheBallIsNoSuccess() throws {
  let found = try found(.leavesBall)
  let result = found.evaluation
  #expect(result.successRate == Proportion(hits: 0, count: 0) && result.invalidCount == 12)
  #expect(result.cleanAccuracy == Proportion(hits: 12, count: 12))
  #expect(result.robustAccuracy == Proportion(hits: 0, count: 12), "no evidence is no robustness")
  for example in result.examples {
    #expect(example.status == .invalid(.candidateOutsideBall(distance: example.distance)))
    #expect(example.distance > threat.radius && example.adversarialPrediction != nil)
  }
  #expect(result.examples.contains { $0.adversarialPrediction != $0.label })
  // Reported as it is, not clipped.
  #expect(try found.images.scalars == set().images.scalars.map { 1 - $0 })
}

@Test func leavingTheBoxIsNoSuccess() throws {
  let result = try evaluation(.leavesBox)
  #expect(result.examples.allSatisfy { $0.status == .invalid(.candidateOutsideBounds) })
}

@Test(arguments: [LyingAttack.Lie.notFinite, .infinite]) private func pixelsThatAreNotFiniteAreNoSuccess(
  lie: LyingAttack.Lie
) throws {
  let result = try evaluation(lie)
  let invalid = result.examples.filter { $0.status == .invalid(.candidateNotFinite) }
  // The first of each of three batches.
  #expect(invalid.map(\.id) == [0, 4, 8])
  #expect(result.robustAccuracy == Proportion(hits: 9, count: 12))
}

@Test func aTensorOfAnotherShapeIsNoResult() throws {
  let found = try found(.shape)
  let result = found.evaluation
  #expect(result.invalidCount == 12 && result.successRate.hits == 0)
  guard case .invalid(.candidateShape(_, let expected)) = result.examples[0].status else {
    Issue.record("\(result.examples[0].status)")
    return
  }
  #expect(expected.example == model.inputShape)
  #expect(try found.images == set().images)
}

@Test func anAttackThatAlwaysFailsIsAnError() {
  #expect(throws: LyingError.self) { try evaluation(.error) }
}

@Test func oneFailingExampleSparesItsBatch() throws {
  let result = try evaluation(.errorForOne)
  let honest = try evaluator(batchSize: 4).evaluate(ProjectedGradient(), on: set(), threat: threat, model: model)
  for (example, other) in zip(result.examples, honest.examples) where example.id != 5 {
    #expect(example.status == other.status && example.distance == other.distance)
  }
  #expect(result.examples[5].status == .invalid(.attackFailed("LyingError()")))
  #expect(result.successRate.hits > 0)
}

@Test func badImagesLabelsAndTargetsGetAStatus() throws {
  let good = try set()
  var scalars = good.images.scalars
  scalars[20 * 1 + 3] = .nan
  scalars[20 * 2 + 3] = 1.5
  scalars[20 * 4 + 3] = 1 + 5e-7
  var labels = good.labels
  labels[3] = 4
  let bad = try EvaluationSet(images: Tensor(shape: good.images.shape, scalars: scalars), labels: labels)
  let result = try evaluator().evaluate(ProjectedGradient(), on: bad, threat: threat, model: model)
  let whole = try evaluator().evaluate(ProjectedGradient(), on: good, threat: threat, model: model)
  #expect(result.examples[1].status == .invalid(.imageNotFinite))
  #expect(result.examples[2].status == .invalid(.imageOutsideBounds))
  #expect(result.examples[3].status == .invalid(.label(4)))
  for row in [0, 4, 5, 6, 7, 8, 9, 10, 11] { #expect(result.examples[row].status == whole.examples[row].status) }
  #expect(result.cleanAccuracy == Proportion(hits: 9, count: 12))
  #expect(result.robustAccuracy.count == 12)
  var targets = good.labels.map { ($0 + 1) % 4 }
  targets[0] = good.labels[0]
  targets[1] = -1
  let targeted = try EvaluationSet(images: good.images, labels: good.labels, targets: targets)
  let second = try evaluator().evaluate(ProjectedGradient(), on: targeted, threat: threat, model: model)
  #expect(second.examples[0].status == .invalid(.target(good.labels[0])))
  #expect(second.examples[1].status == .invalid(.target(-1)) && second.invalidCount == 2)
}

@Test func whatTheModelGetsWrongIsNotAttacked() throws {
  let good = try set()
  var labels = good.labels
  labels[2] = (labels[2] + 1) % 4
  let found = try evaluator().evaluateCandidates(
    of: FastGradient(), on: EvaluationSet(images: good.images, labels: labels), threat: threat, model: model)
  let result = found.evaluation
  let wrong = result.examples[2]
  #expect(wrong.status == .misclassified && wrong.distance == 0 && wrong.forwards == 0 && wrong.backwards == 0)
  #expect(wrong.adversarialPrediction == wrong.cleanPrediction)
  #expect(found.images.examples(2..<3) == good.images.examples(2..<3))
  #expect(result.cleanAccuracy == Proportion(hits: 11, count: 12))
  #expect(result.robustAccuracy.hits + result.successRate.hits == 11 && result.robustAccuracy.count == 12)
  #expect(result.backwards == 11)
}

@Test func distancesAndPredictionsAreMeasuredNotBelieved() throws {
  let data = try set(30)
  let found = try evaluator().evaluateCandidates(of: ProjectedGradient(), on: data, threat: threat, model: model)
  let result = found.evaluation
  let logits = try model.logits(of: found.images)
  #expect(result.examples.map(\.adversarialPrediction) == predictions(of: logits))
  #expect(result.examples.map(\.distanceLinf) == Norm.linf.distances(from: data.images, to: found.images))
  #expect(result.examples.map(\.distanceL2) == Norm.l2.distances(from: data.images, to: found.images))
  let broken = result.examples.filter { $0.adversarialPrediction != $0.label }
  #expect(result.successRate.hits == broken.count && broken.count > 3)
  #expect(result.largestDistance == broken.map(\.distance).max())
}

/// A minimum-norm attack that finds everything, at whatever distance.
private struct NearestAttack: MinimumNormAttack {
  static let method = Method(name: "nearest", title: "Nearest", summary: "Goes to the nearest.")
  static let norms: [Norm] = [.linf]

  func perturb(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    #expect(task.threat.radius == .infinity, "it may not depend on a radius")
    return try ProjectedGradient(steps: 100, stepSize: 0.01, randomStart: false).perturb(
      AttackTask(
        images: task.images, ids: task.ids, goal: task.goal, threat: ThreatModel(norm: .linf, radius: 1),
        random: task.random), model: model)
  }
}

@Test func aMinimumNormAttackIsJudgedByTheRadius() throws {
  let result = try evaluator().evaluate(NearestAttack(), on: set(40), threat: threat, model: model)
  let far = result.examples.filter { $0.status == .beyondRadius }
  #expect(result.invalidCount == 0 && !far.isEmpty && result.successRate.hits > 0)
  #expect(far.allSatisfy { $0.distance > 0.2 && $0.adversarialPrediction != $0.label })
  #expect(result.examples.filter(\.isBroken).allSatisfy { $0.distance < 0.2001 })
  #expect(result.robustAccuracy.hits == 40 - result.successRate.hits)
}

@Test func savedCandidatesAreVerified() throws {
  let data = try set(30)
  let found = try evaluator().evaluateCandidates(of: ProjectedGradient(), on: data, threat: threat, model: model)
  let again = try evaluator(batchSize: 7).verify(found.images, of: data, threat: threat, model: model)
  #expect(again.examples.map(\.status) == found.evaluation.examples.map(\.status) && again.forwards == 0)
  let tighter = ThreatModel(norm: .linf, radius: 0.1)
  let refused = try evaluator().verify(found.images, of: data, threat: tighter, model: model)
  #expect(refused.examples.allSatisfy { !$0.isBroken || $0.distance <= 0.1000002 } && refused.invalidCount > 0)
}

@Test(arguments: [1, 3]) func aCancelledEvaluationIsAValidPart(workers: Int) throws {
  let data = try set(60)
  let whole = try evaluator().evaluateCandidates(of: ProjectedGradient(), on: data, threat: threat, model: model)
  let isCancelled = Mutex(false)
  var evaluator = evaluator(batchSize: 3, workers: workers)
  evaluator.isCancelled = { isCancelled.withLock { $0 } }
  evaluator.onProgress = { progress in if progress.examplesDone >= 12 { isCancelled.withLock { $0 = true } } }
  let found = try evaluator.evaluateCandidates(of: ProjectedGradient(), on: data, threat: threat, model: model)
  let part = found.evaluation
  #expect(!part.isComplete && part.requested == 60)
  #expect(part.examples.count >= 12 && part.examples.count < 60)
  for (row, example) in part.examples.enumerated() {
    #expect(example.status == whole.evaluation.examples[example.id].status)
    #expect(found.images.examples(row..<row + 1) == whole.images.examples(example.id..<example.id + 1))
  }
  #expect(found.images.exampleCount == part.examples.count)
  evaluator.isCancelled = { true }
  let nothing = try evaluator.evaluateCandidates(of: ProjectedGradient(), on: data, threat: threat, model: model)
  #expect(nothing.evaluation.examples.isEmpty && nothing.images.exampleCount == 0)
  #expect(nothing.evaluation.robustAccuracy.fraction == nil)
}

/// A model of one pixel that can't compute above one half, and has no gradient.
private struct OverflowingClassifier: DifferentiableClassifier {
  let inputShape: Shape = [1]
  let classCount = 2
  let pullbackLogitsAreExact = true

  func logits(of images: Tensor<Float>) throws -> Tensor<Float> {
    Tensor(
      shape: [images.exampleCount, 2], scalars: images.scalars.flatMap { $0 > 0.5 ? [.infinity, .nan] : [1, 0] })
  }

  func pullback(
    at images: Tensor<Float>, cotangent: LogitCotangent
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    (try logits(of: images), Tensor(shape: images.shape))
  }
}

@Test func whatIsNotFiniteIsNotRobust() throws {
  let pixels = Tensor<Float>(shape: [3, 1], scalars: [0.1, 0.45, 0.9])
  let set = try EvaluationSet(images: pixels, labels: [0, 0, 0])
  let threat = ThreatModel(norm: .linf, radius: 0.2)
  // Noise keeps the points where the model fails, although its loss there is no number.
  let noise = try evaluator().evaluate(UniformNoise(), on: set, threat: threat, model: OverflowingClassifier())
  #expect(noise.examples.map(\.status) == [.robust, .invalid(.logitsNotFinite), .invalid(.logitsNotFinite)])
  #expect(noise.cleanAccuracy == Proportion(hits: 2, count: 3))
  #expect(noise.robustAccuracy == Proportion(hits: 1, count: 3) && noise.invalidCount == 2)
  // Without a gradient nothing moves.
  let fgsm = try evaluator().evaluate(FastGradient(), on: set, threat: threat, model: OverflowingClassifier())
  #expect(fgsm.robustAccuracy == Proportion(hits: 2, count: 3))
  #expect(fgsm.zeroGradients == 2 && fgsm.backwards == 2)
  let union = ExampleAccuracies(worstOf: [ExampleAccuracies(noise), ExampleAccuracies(fgsm)])
  #expect(union.shares == [1, 0, 0] && union.invalid == [1, 2])
}

@Test func aUnionOfCandidatesHoldsWhatDoesMostHarm() throws {
  let data = try set(30)
  func found(_ attack: any Attack) throws -> EvaluatedCandidates {
    try evaluator().evaluateCandidates(of: attack, on: data, threat: threat, model: model)
  }
  let (weak, liar) = (try found(FastGradient()), try found(LyingAttack(lie: .leavesBall)))
  let strong = try found(ProjectedGradient())
  for union in [weak.union(liar).union(strong), strong.union(liar).union(weak)] {
    let broken = weak.evaluation.examples.indices.filter { row in
      weak.evaluation.examples[row].isBroken || strong.evaluation.examples[row].isBroken
    }
    #expect(!broken.isEmpty && broken.count < 30)
    #expect(union.evaluation.examples.indices.filter { union.evaluation.examples[$0].isBroken } == broken)
    // What nobody broke is what the liar left invalid: no evidence.
    #expect(union.evaluation.robustAccuracy.hits == 0 && union.evaluation.invalidCount == 30 - broken.count)
    #expect(union.evaluation.backwards == weak.evaluation.backwards + strong.evaluation.backwards)
    let again = try evaluator().verify(union.images, of: data, threat: threat, model: model)
    #expect(again.examples.map(\.status) == union.evaluation.examples.map(\.status))
  }
}

@Test func progressRisesToTheTotals() throws {
  let reports = Mutex<[EvaluationProgress]>([])
  var evaluator = evaluator(batchSize: 5, workers: 2)
  evaluator.onProgress = { progress in reports.withLock { $0.append(progress) } }
  let result = try evaluator.evaluate(ProjectedGradient(), on: set(23), threat: threat, model: model)
  let all = reports.withLock { $0 }
  #expect(all.last?.examplesDone == 23 && all.last?.examplesTotal == 23)
  #expect(all.last?.backwards == result.backwards && all.last?.forwards == result.forwards)
  // What an example that is broken early did not need is done with, too.
  #expect(all.last?.passesDone == all.last?.passesTotal && all.last?.passesTotal == 23 * 2 * 40)
  #expect(zip(all, all.dropFirst()).allSatisfy { $0.backwards <= $1.backwards && $0.examplesDone <= $1.examplesDone })
}

@Test func whatDoesNotFitIsRefused() throws {
  let data = try set(4)
  #expect(throws: AttackError.count(of: "labels", found: 1, expected: 4)) {
    try EvaluationSet(images: data.images, labels: [0])
  }
  #expect(throws: AttackError.shape(found: [20], expected: model.inputShape)) {
    let flat = try EvaluationSet(images: data.images.reshaped(to: [4, 20]), labels: data.labels)
    _ = try evaluator().evaluate(FastGradient(), on: flat, threat: threat, model: model)
  }
  #expect(throws: ThreatModelError.radius(-1)) {
    try evaluator().evaluate(FastGradient(), on: data, threat: ThreatModel(norm: .linf, radius: -1), model: model)
  }
}

@Test func noImagesGiveAnEmptyResult() throws {
  let empty = try EvaluationSet(images: Tensor(shape: [0, 1, 4, 5]), labels: [])
  let result = try evaluator().evaluate(ProjectedGradient(), on: empty, threat: threat, model: model)
  #expect(result.isComplete && result.examples.isEmpty && result.meanDistance == nil)
}
