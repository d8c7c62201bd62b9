import Attacks
import Networks
import TestSupport
import Testing

private let norms: [Norm] = [.linf, .l2, .l1]

/// A radius at which a search finds some.
private func radius(_ norm: Norm) -> Float { norm == .linf ? 0.15 : (norm == .l2 ? 0.5 : 1.5) }

private func perturb(
  _ attack: SquareAttack, _ images: Tensor<Float>, _ goal: Goal, _ threat: ThreatModel, model: any Classifier,
  seed: UInt64 = 1
) throws -> Tensor<Float> {
  let task = AttackTask(
    images: images, ids: Array(0..<images.exampleCount), goal: goal, threat: threat, random: RandomSource(seed: seed))
  return try attack.perturb(task, model: QueriedModel(model))
}

/// Below the optimum nothing is found; far above it nearly everything.
@Test(arguments: norms) func nothingIsFoundBelowTheOptimumAndNearlyEverythingFarAbove(norm: Norm) throws {
  let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 2, seed: 4)
  let all = images(30, shape: model.inputShape)
  var (checked, broken) = (0, 0)
  for row in 0..<30 {
    let set = try evaluationSet(all.examples(row..<row + 1), model: model)
    let optimum = model.optimum(norm, image: set.images.scalars, label: set.labels[0], bounds: 0...1)
    guard optimum.isFinite, optimum > 1e-3 else { continue }
    checked += 1
    for factor in [0.99, 3] {
      let result = try evaluator().evaluate(
        SquareAttack(queries: 500, restarts: 2), on: set,
        threat: ThreatModel(norm: norm, radius: Float(factor * optimum)), model: model)
      if factor < 1 { #expect(result.examples[0].status == .robust) } else { broken += result.successRate.hits }
    }
  }
  #expect(checked > 20 && broken * 4 >= checked * 3, "\(broken) of \(checked)")
}

@Test(arguments: norms) func itIsNoWeakerThanNoise(norm: Norm) throws {
  let model = try OracleClassifier.tiny()
  let set = try evaluationSet(images(40, shape: model.inputShape), model: model)
  let threat = ThreatModel(norm: norm, radius: norm == .linf ? 0.1 : (norm == .l2 ? 0.5 : 2.5))
  let noise = try evaluator(workers: 2).evaluate(UniformNoise(draws: 200), on: set, threat: threat, model: model)
  let square = try evaluator(workers: 2).evaluate(SquareAttack(queries: 200), on: set, threat: threat, model: model)
  #expect(square.successRate.hits > noise.successRate.hits, "\(square.successRate) \(noise.successRate)")
  #expect(square.backwards == 0)
}

/// The first point are vertical stripes, and no square covers the last row or the last column, as in the authors' code.
@Test func linfBeginsWithStripesAndLeavesTheLastRowAndColumn() throws {
  let flat = RisingClassifier(shape: [2, 5, 7])
  let model = RecordingClassifier(flat)
  let image = Tensor<Float>(shape: [1, 2, 5, 7], repeating: 0.5)
  let threat = ThreatModel(norm: .linf, radius: 0.25)
  // Squares of three by three at first: larger ones would fill the columns.
  let attack = SquareAttack(queries: 300, initialShare: 0.3)
  let end = try perturb(attack, image, .misclassify(labels: [0]), threat, model: model).scalars
  let start = model.queries[0].scalars
  #expect(Set(start) == [0.25, 0.75])
  for index in start.indices { #expect(start[index] == start[index / 35 * 35 + index % 7]) }
  var changed = 0
  for index in end.indices {
    let (row, column) = (index % 35 / 7, index % 7)
    let isLast = row == 4 || column == 6
    #expect(!isLast || end[index] == start[index])
    changed += end[index] == start[index] ? 0 : 1
  }
  // The loss of this model grows with every pixel: all others are up at the end.
  #expect(changed > 5)
  #expect((0..<70).allSatisfy { $0 % 35 / 7 == 4 || $0 % 7 == 6 || end[$0] == 0.75 })
}

/// Class 0 whatever happens; the other logit grows with every pixel.
private struct RisingClassifier: DifferentiableClassifier {
  let shape: Shape
  var inputShape: Shape { shape }
  let classCount = 2
  let pullbackLogitsAreExact = true

  func logits(of images: Tensor<Float>) throws -> Tensor<Float> {
    let size = shape.count
    let rows = (0..<images.exampleCount).flatMap { row in
      [Float(size + 1), images.scalars[row * size..<(row + 1) * size].reduce(0, +)]
    }
    return Tensor(shape: [images.exampleCount, 2], scalars: rows)
  }

  func pullback(
    at images: Tensor<Float>, cotangent: LogitCotangent
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    (try logits(of: images), Tensor(shape: images.shape))
  }
}

/// The points that are shown to the model lie in ball and box, whatever the shape; the reference fails on some of these.
@Test(arguments: norms) func everyQueryIsWithinTheBallWhateverTheShape(norm: Norm) throws {
  let channels = try #require(PixelBox(channels: [0...1, -1...0.5]))
  let shapes: [Shape] = [
    [1, 7, 5], [3, 6, 9], [20], [1, 2, 2], [1, 1, 1], [1, 14, 14], [4, 6], [1, 3, 40], [2, 5, 5],
  ]
  for shape in shapes {
    let box = shape == [2, 5, 5] ? channels : PixelBox(0...1)
    let model = RecordingClassifier(LinearClassifier.random(inputShape: shape, classCount: 3, seed: 5))
    var all = images(3, shape: shape)
    let threat = ThreatModel(norm: norm, radius: radius(norm), bounds: box)
    ThreatModel(norm: .linf, radius: 10, bounds: box).project(&all, around: all)
    let labels = predictions(of: try model.logits(of: all)).map { $0 ?? 0 }
    _ = try perturb(SquareAttack(queries: 60), all, .misclassify(labels: labels), threat, model: model)
    for points in model.queries.dropFirst() {
      #expect(box.contains(points), "\(shape)")
      // Which of the examples these are is told by their distance: those of others would be farther.
      for row in 0..<points.exampleCount {
        let point = points.examples(row..<row + 1)
        let distances = (0..<3).map { threat.distances(from: all.examples($0..<$0 + 1), to: point)[0] }
        #expect((distances.min() ?? 1) <= threat.radius * (1 + 1e-6), "\(shape)")
      }
    }
    #expect(model.queries.count > 2, "\(shape)")
  }
}

/// In L2 the whole radius is used where the box cuts nothing off.
@Test func l2UsesTheWholeRadius() throws {
  let model = RecordingClassifier(LinearClassifier.random(inputShape: [1, 8, 8], classCount: 2, seed: 5))
  let image = Tensor<Float>(shape: [1, 1, 8, 8], repeating: 0.5)
  let label = predictions(of: try model.logits(of: image))[0] ?? 0
  let threat = ThreatModel(norm: .l2, radius: 0.01)
  _ = try perturb(SquareAttack(queries: 100), image, .misclassify(labels: [label]), threat, model: model)
  #expect(model.queries.count == 102)
  for points in model.queries.dropFirst() {
    let distance = threat.distances(from: image, to: points)[0]
    // Pixels of 0.5 are rounded towards the image by up to 6e-8, 64 of them by 4.8e-7 together.
    #expect(abs(distance - 0.01) < 5e-7 && distance <= 0.01 * (1 + 1e-6))
  }
}

@Test func aFoundExampleLeavesAtOnceAndQueriesAreCounted() throws {
  let model = try OracleClassifier.tiny()
  let set = try evaluationSet(images(30, shape: model.inputShape), model: model)
  let threat = ThreatModel(norm: .linf, radius: 0.1)
  let result = try evaluator().evaluate(SquareAttack(queries: 100), on: set, threat: threat, model: model)
  #expect((5...28).contains(result.successRate.hits), "\(result.successRate)")
  for example in result.examples { #expect((1...101).contains(example.forwards)) }
  #expect(Set(result.examples.filter(\.isBroken).map(\.forwards)).count > 3)
  // A turn that changes nothing is no query.
  #expect(result.examples.contains { !$0.isBroken && $0.forwards < 101 })
  for budget in [1, 7] {
    var evaluator = evaluator()
    evaluator.queryBudget = budget
    let short = try evaluator.evaluate(SquareAttack(queries: 100), on: set, threat: threat, model: model)
    for (some, all) in zip(short.examples, result.examples) {
      #expect(some.forwards == min(budget, all.forwards))
      #expect(some.isBroken == (all.isBroken && all.forwards <= budget))
    }
  }
}

/// All misclassified: the reference of old failed on such a batch. Here the first look is the last.
@Test(arguments: norms) func aBatchThatIsAllWrongIsDoneAfterOneLook(norm: Norm) throws {
  let base = LinearClassifier.random(inputShape: [1, 6, 6], classCount: 3, seed: 5)
  let model = RecordingClassifier(base)
  let all = images(4, shape: base.inputShape)
  let wrong = predictions(of: try base.logits(of: all)).map { (($0 ?? 0) + 1) % 3 }
  _ = try perturb(
    SquareAttack(), all, .misclassify(labels: wrong), ThreatModel(norm: norm, radius: 1e-4), model: model)
  #expect(model.queries.count == 1)
}

@Test(arguments: norms) func targetsAreReachedByTheirCrossEntropy(norm: Norm) throws {
  let model = LinearClassifier.random(inputShape: [1, 6, 6], classCount: 5, seed: 6)
  let set = try evaluationSet(images(30, shape: model.inputShape), model: model, targeted: true)
  let threat = ThreatModel(norm: norm, radius: 4 * radius(norm))
  func evaluate(_ loss: Loss?) throws -> EvaluatedCandidates {
    try evaluator().evaluateCandidates(
      of: SquareAttack(queries: 200, loss: loss), on: set, threat: threat, model: model)
  }
  let usual = try evaluate(nil)
  #expect(usual.evaluation.successRate.hits > 10, "\(usual.evaluation.successRate)")
  let (crossEntropy, margin) = (try evaluate(.crossEntropy), try evaluate(.margin))
  #expect(usual.images == crossEntropy.images && usual.images != margin.images)
}

@Test(arguments: norms) func aBallWithoutExtentAndOneBeyondTheBox(norm: Norm) throws {
  let model = RecordingClassifier(LinearClassifier.random(inputShape: [1, 6, 6], classCount: 3, seed: 6))
  let all = images(5, shape: model.inputShape)
  let goal = Goal.misclassify(labels: predictions(of: try model.logits(of: all)).map { $0 ?? 0 })
  let looks = model.queries.count
  #expect(try perturb(SquareAttack(), all, goal, ThreatModel(norm: norm, radius: 0), model: model) == all)
  #expect(model.queries.count == looks)
  let far = try perturb(
    SquareAttack(queries: 200), all, goal, ThreatModel(norm: norm, radius: norm == .linf ? 1 : 40), model: model)
  let reached = goal.isReached(by: try model.logits(of: far))
  #expect(PixelBox(0...1).contains(far) && reached.contains(true))
}

@Test func restartsHelpAndDifferAndKeepTheBest() throws {
  let model = try OracleClassifier.tiny()
  let set = try evaluationSet(images(40, shape: model.inputShape), model: model)
  let threat = ThreatModel(norm: .linf, radius: 0.06)
  func evaluate(_ restarts: Int) throws -> Evaluation {
    try evaluator().evaluate(SquareAttack(queries: 40, restarts: restarts), on: set, threat: threat, model: model)
  }
  let (one, five) = (try evaluate(1), try evaluate(5))
  for (some, all) in zip(one.examples, five.examples) where some.isBroken {
    #expect(all.isBroken && all.forwards == some.forwards)
  }
  #expect(five.successRate.hits > one.successRate.hits, "\(five.successRate) \(one.successRate)")
}
