import Attacks
import Hyperparameters
import Networks
import Synchronization
import TestSupport
import Testing

private let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 4, seed: 2)
private let threats = [0.05, 0.15, 0.4].map { ThreatModel(norm: .linf, radius: $0) }

private func set(_ count: Int = 40) throws -> EvaluationSet {
  try evaluationSet(images(count, shape: model.inputShape), model: model)
}

private func suite(_ policy: Suite.Policy = .each) -> Suite {
  Suite(
    name: "three", attacks: [UniformNoise(draws: 5), FastGradient(), ProjectedGradient(steps: 10)], policy: policy)
}

private func evaluation(_ suite: Suite, keepsCandidates: Bool = false) throws -> SuiteEvaluation {
  var evaluation = try SuiteEvaluation(suite, on: set(), threats: threats, target: UndefendedModel(model))
  evaluation.keepsCandidates = keepsCandidates
  return evaluation
}

/// How often it was run.
private let runs = Mutex(0)

/// Goes to the nearest point at which a linear model changes its mind, by bisection along the gradient.
private struct Bisection: MinimumNormAttack {
  static let method = Method(name: "bisection", title: "Bisection", summary: "Finds the radius.")
  static let norms: [Norm] = [.linf]

  func perturb(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    runs.withLock { $0 += 1 }
    let (_, gradient) = try task.gradient(at: task.images, of: .margin, model: model)
    var best = task.images
    for step in stride(from: 40, through: 1, by: -1) {
      var points = task.images
      let ball = ThreatModel(norm: .linf, radius: Float(step) / 50, bounds: task.threat.bounds)
      ball.ascend(&points, along: gradient, stepSize: ball.radius, around: task.images)
      let reached = task.goal.isReached(by: try task.logits(of: points, model: model.queried))
      let rows = reached.indices.filter { reached[$0] }
      best.scatter(points.gathering(rows), to: rows)
    }
    return best
  }
}

/// Adds the radius to every pixel.
private struct Upwards: Attack {
  static let method = Method(name: "upwards", title: "Upwards", summary: "Adds the radius.")
  static let norms: [Norm] = [.linf]

  func perturb(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    var points = task.images
    let up = Tensor<Float>(shape: points.shape, repeating: 1)
    task.threat.ascend(&points, along: up, stepSize: task.threat.radius, around: task.images)
    return points
  }
}

/// Turns black into white.
private struct Inversion: TransformationAttack {
  static let method = Method(name: "inversion", title: "Inversion", summary: "Turns black into white.")
  static let norms = Norm.allCases

  func perturb(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    runs.withLock { $0 += 1 }
    return Tensor(shape: task.images.shape, scalars: task.images.scalars.map { 1 - $0 })
  }
}

@Suite(.serialized) struct SuiteEvaluationTests {
  @Test func everyAttackIsThatOfTheEvaluatorAlone() throws {
    let (results, _) = try evaluation(suite()).run(by: evaluator())
    #expect(results.map(\.threat) == threats && results.allSatisfy(\.isComplete))
    for result in results {
      for found in result.attacks {
        let alone = try evaluator().evaluate(found.attack, on: set(), threat: result.threat, model: model)
        #expect(found.judgement.bare?.examples.map(\.status) == alone.examples.map(\.status))
        #expect(found.accuracies == ExampleAccuracies(alone))
      }
      #expect(result.union == ExampleAccuracies(worstOf: [result.clean.evaluated] + result.attacks.map(\.accuracies)))
    }
    let accuracies = results.compactMap(\.union.accuracy)
    #expect(accuracies == accuracies.sorted(by: >) && Set(accuracies).count == 3, "\(accuracies)")
  }

  /// A cascade comes to the same union with fewer passes, and its candidates are those of the same examples.
  @Test func aCascadeFindsTheSameForLess() throws {
    let (each, all) = try evaluation(suite(), keepsCandidates: true).run(by: evaluator())
    let (cascade, standing) = try evaluation(suite(.cascade), keepsCandidates: true).run(by: evaluator())
    #expect(each.map(\.union) == cascade.map(\.union))
    func backwards(_ results: [SuiteResult]) -> Int {
      results.reduce(0) { $0 + $1.attacks.reduce(0) { $0 + $1.gradients.all } }
    }
    #expect(backwards(cascade) < backwards(each))
    for result in cascade {
      let shown = result.attacks.compactMap(\.accuracies.accuracy)
      #expect(shown == shown.sorted(by: >) && shown.last == result.union.accuracy, "the union so far")
      let standing = result.smaller.map { $0.shares.count { $0 > 0 } } ?? 40
      #expect(result.attacks[0].rows.count == standing, "what stands within smaller radii")
      #expect(result.attacks[2].rows.count < 40)
    }
    func broken(_ unions: [UnionOfCandidates]) -> [[Bool]?] {
      unions.map { $0.found?.evaluation.examples.map(\.isBroken) }
    }
    #expect(broken(all) == broken(standing) && all.count == cascade.count)
  }

  /// Not even the first attack of a cascade gets what the model classifies wrongly, and the candidates are those of all.
  @Test func theCandidatesOfACascadeAreThoseOfAllExamples() throws {
    let right = try set()
    let labels = right.labels.enumerated().map { $0 % 3 == 1 ? ($1 + 1) % 4 : $1 }
    let set = try EvaluationSet(images: right.images, labels: labels)
    let unions = try Suite.Policy.allCases.map { policy in
      var evaluation = try SuiteEvaluation(
        suite(policy), on: set, threats: [threats[1]], target: UndefendedModel(model))
      evaluation.keepsCandidates = true
      return try #require(try evaluation.run(by: evaluator()).unions.last?.found)
    }
    #expect(unions[0].images == unions[1].images)
    #expect(unions[0].evaluation.examples.map(\.status) == unions[1].evaluation.examples.map(\.status))
    #expect(unions[1].evaluation.examples.count { $0.status == .misclassified } == 13)
  }

  @Test func aMinimumNormAttackRunsOnceForAllRadii() throws {
    runs.withLock { $0 = 0 }
    let suite = Suite(name: "nearest", attacks: [Bisection()])
    let (results, _) = try evaluation(suite).run(by: evaluator(batchSize: 40))
    #expect(runs.withLock { $0 } == 1)
    for result in results {
      let alone = try evaluator().evaluate(Bisection(), on: set(), threat: result.threat, model: model)
      #expect(result.attacks[0].judgement.bare?.examples.map(\.status) == alone.examples.map(\.status))
      #expect(result.attacks[0].judgement.bare?.threat == result.threat)
    }
    #expect(Set(results.compactMap(\.union.accuracy)).count == 3)
  }

  /// What has limits of its own breaks an example within every radius, and runs once.
  @Test func aTransformationDoesNotDependOnTheRadius() throws {
    runs.withLock { $0 = 0 }
    let suite = Suite(name: "some", attacks: [Inversion(), FastGradient()])
    let (results, _) = try evaluation(suite, keepsCandidates: true).run(by: evaluator(batchSize: 40))
    #expect(runs.withLock { $0 } == 1)
    let broken = results.map { $0.attacks[0].judgement.bare?.successRate.hits }
    #expect(Set(broken).count == 1 && broken[0] ?? 0 > 0)
    let farthest = results[0].attacks[0].judgement.bare?.largestDistance ?? 0
    #expect(farthest > 0.4, "beyond every radius")
    #expect(Budget(of: suite.attacks) == .transformation)
  }

  /// A file of a union says that its points are within the radius; only one of minimum-norm attacks alone does not.
  @Test func aUnionOfSeveralKindsKeepsToTheRadius() throws {
    let threats = [threats[0]]
    for (attacks, keepsToRadius) in [([Bisection(), FastGradient()] as [any Attack], true), ([Bisection()], false)] {
      var evaluation = try SuiteEvaluation(
        Suite(name: "some", attacks: attacks), on: set(), threats: threats, target: UndefendedModel(model))
      evaluation.keepsCandidates = true
      let (results, unions) = try evaluation.run(by: evaluator())
      let found = try #require(unions.last?.found)
      let distances = threats[0].distances(from: try set().images, to: found.images)
      #expect(distances.allSatisfy { $0 < 0.0501 } == keepsToRadius)
      #expect(found.evaluation.robustAccuracy.hits == results[0].union.shares.count { $0 > 0 })
      #expect(found.evaluation.examples.contains { $0.status == .beyondRadius } != keepsToRadius)
    }
  }

  @Test func aMinimumNormAttackInACascadeRunsOnceToo() throws {
    runs.withLock { $0 = 0 }
    let suite = Suite(name: "two", attacks: [FastGradient(), Bisection()], policy: .cascade)
    let (results, unions) = try evaluation(suite, keepsCandidates: true).run(by: evaluator(batchSize: 40))
    #expect(runs.withLock { $0 } == 1)
    for result in results {
      let found = result.attacks[1]
      #expect(found.judgement.bare?.examples.map(\.id) == found.rows, "of the rows that stood")
      let whole = try evaluator().evaluate(Bisection(), on: set(), threat: result.threat, model: model)
      #expect(found.judgement.bare?.examples.map(\.status) == found.rows.map { whole.examples[$0].status })
    }
    #expect(results[2].attacks[1].rows.count < results[0].attacks[1].rows.count)
    #expect(unions.last?.found?.evaluation.examples.count == 40)
  }

  /// What is adversarial within a radius is so within a larger one, whatever the attack finds there.
  @Test(arguments: Suite.Policy.allCases) func whatFallsWithinARadiusFallsWithinLargerOnes(policy: Suite.Policy) throws
  {
    let model = BandClassifier(bands: [0.5...0.55])
    let set = try EvaluationSet(images: Tensor(shape: [4, 1], repeating: 0.45), labels: [0, 0, 0, 0])
    let threats = [0.3, 0.08, 0.01].map { ThreatModel(norm: .linf, radius: $0) }
    let suite = Suite(name: "up", attacks: [Upwards()], policy: policy)
    let evaluation = try SuiteEvaluation(suite, on: set, threats: threats, target: UndefendedModel(model))
    let (results, _) = try evaluation.run(by: evaluator())
    #expect(results.map(\.threat.radius) == [0.01, 0.08, 0.3], "smallest first")
    #expect(results.map(\.union.accuracy) == [1, 0, 0])
    #expect(results.map { $0.attacks[0].accuracies.accuracy } == [1, 0, 0])
    switch policy {
    case .each:
      #expect(results[2].attacks[0].judgement.worst.accuracy == 1, "as it went")
      #expect(results[2].diagnostics == [.accuracyRises(attack: "Upwards", examples: 4, radius: 0.3)])
    case .cascade: #expect(results[2].attacks[0].rows.isEmpty && results[2].diagnostics.isEmpty)
    }
  }

  @Test(arguments: Suite.Policy.allCases) func whatIsFinishedIsNotRunAgain(policy: Suite.Policy) throws {
    let (whole, _) = try evaluation(suite(policy)).run(by: evaluator())
    for count in [1, 4, 9] {
      // As many attacks as were finished before.
      var left = count
      let earlier = whole.map { result in
        defer { left -= min(left, result.attacks.count) }
        return Array(result.attacks.prefix(left))
      }
      var attacks = 0
      var stopped = evaluator()
      stopped.onProgress = { _ in }
      let (results, _) = try evaluation(suite(policy)).run(by: stopped, continuing: earlier) { event in
        if case .finishedAttack(let found, let result) = event, found.seconds > 0 || result.isComplete { attacks += 1 }
      }
      #expect(results.map(\.union) == whole.map(\.union) && attacks > 0)
      #expect(
        results.flatMap { $0.attacks.map(\.accuracies) } == whole.flatMap { $0.attacks.map(\.accuracies) })
    }
  }

  @Test func aCancelledRunKeepsWhatWasFinished() throws {
    let isCancelled = Mutex(false)
    var evaluator = evaluator()
    evaluator.isCancelled = { isCancelled.withLock { $0 } }
    let (results, _) = try evaluation(suite()).run(by: evaluator) { event in
      if case .finishedAttack(_, let result) = event, result.threat == threats[1] { isCancelled.withLock { $0 = true } }
    }
    #expect(results.map(\.attacks.count) == [3, 1] && results.map(\.isComplete) == [true, false])
    #expect(results[1].requested.count == 3)
  }

  @Test func progressGoesOnFromAttackToAttack() throws {
    let parts = Mutex<[ClosedRange<Double>]>([])
    var evaluator = evaluator()
    evaluator.onProgress = { progress in parts.withLock { if $0.last != progress.part { $0.append(progress.part) } } }
    try evaluation(suite()).run(by: evaluator)
    let found = parts.withLock { $0 }
    #expect(found.count == 9 && found.first?.lowerBound == 0)
    #expect(zip(found, found.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
    // The weights are sums of whole numbers, so that the last share is one but for rounding.
    #expect(abs((found.last?.upperBound ?? 0) - 1) < 1e-12)
  }
}
