import Attacks
import Networks
import TestSupport
import Testing

/// Every attack that sees decisions alone, with few queries, in each of its norms.
private let cases: [(attack: any DecisionAttack & MinimumNormAttack, norm: Norm)] = {
  let attacks: [any DecisionAttack & MinimumNormAttack] = [
    BoundaryAttack(steps: 60), HopSkipJump(steps: 3, initialDirections: 20), SignOPT(queries: 300, directions: 20),
    GeoDA(queries: 300), Pointwise(rounds: 2, bisections: 4),
  ]
  return attacks.flatMap { attack in type(of: attack).norms.map { (attack, $0) } }
}()

private let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 4, seed: 2)

/// What the attacks find, measured against the closed form of a two-class model.
///
/// - Returns: For each example that has an adversarial point its distance over the least one; infinite where none was found.
func ratiosToOptimum(_ attack: any Attack, norm: Norm, seed: UInt64 = 4, inner: Bool = false) throws -> [Double] {
  let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 2, seed: seed)
  let set = try evaluationSet(images(24, shape: model.inputShape, inner: inner), model: model)
  let threat = ThreatModel(norm: norm, radius: 1000)
  let result = try evaluator(workers: 2).evaluate(attack, on: set, threat: threat, model: model)
  return result.examples.enumerated().compactMap { row, example in
    let image = set.images.examples(row..<row + 1).scalars
    let optimum = model.optimum(norm, image: image, label: set.labels[row], bounds: 0...1)
    guard optimum.isFinite, optimum > 1e-2 else { return nil }
    return example.isBroken ? Double(example.distance) / optimum : .infinity
  }
}

extension [Double] {
  /// The number in the middle.
  var median: Double { sorted()[count / 2] }
}

private func found(
  _ attack: any Attack, norm: Norm, batchSize: Int = 16, workers: Int = 1, budget: Int? = nil, targeted: Bool = false
) throws -> EvaluatedCandidates {
  var evaluator = evaluator(batchSize: batchSize, workers: workers)
  evaluator.queryBudget = budget
  let set = try evaluationSet(images(12, shape: model.inputShape), model: model, targeted: targeted)
  let threat = ThreatModel(norm: norm, radius: 100)
  return try evaluator.evaluateCandidates(of: attack, on: set, threat: threat, model: model)
}

private func perturb(
  _ attack: any DecisionAttack, _ images: Tensor<Float>, norm: Norm, labels: [Int], bounds: PixelBox = PixelBox(0...1),
  model: any Classifier
) throws -> Tensor<Float> {
  let threat = ThreatModel(norm: norm, radius: .infinity, bounds: bounds)
  let task = AttackTask(
    images: images, ids: Array(labels.indices), goal: .misclassify(labels: labels), threat: threat)
  return try attack.perturb(task, model: DecisionModel(QueriedModel(model)))
}

@Test(arguments: cases.indices, [false, true])
func decisionsAreSearchedForEachExampleByItself(index: Int, targeted: Bool) throws {
  let (attack, norm) = cases[index]
  let whole = try found(attack, norm: norm, batchSize: 64, targeted: targeted)
  #expect(targeted || whole.evaluation.examples.count { $0.isBroken } >= 6)
  for (batchSize, workers) in [(1, 1), (5, 2)] {
    let parts = try found(attack, norm: norm, batchSize: batchSize, workers: workers, targeted: targeted)
    #expect(parts.images == whole.images)
    #expect(parts.evaluation.examples.map(\.forwards) == whole.evaluation.examples.map(\.forwards))
  }
}

@Test(arguments: cases.indices, [1, 7, 70, 200])
func decisionAttacksKeepTheirQueryBudget(index: Int, budget: Int) throws {
  let (attack, norm) = cases[index]
  let (spent, other) = (
    try found(attack, norm: norm, budget: budget), try found(attack, norm: norm, batchSize: 5, budget: budget)
  )
  #expect(spent.evaluation.examples.allSatisfy { $0.forwards <= budget && !$0.status.isInvalid })
  #expect(spent.images == other.images)
  // More of them never lead farther away.
  let free = try found(attack, norm: norm)
  for (few, many) in zip(spent.evaluation.examples, free.evaluation.examples) where few.isBroken {
    #expect(many.isBroken && many.distance <= few.distance)
  }
}

/// Foolbox #670: distances of zero became NaN, and a search went on for ever. #541: one image without a start ended all.
@Test(arguments: cases.indices) func wrongImagesStayAsTheyAreAndOthersDoNotMind(index: Int) throws {
  let (attack, norm) = cases[index]
  let images = images(6, shape: model.inputShape)
  let right = predictions(of: try model.logits(of: images)).map { $0 ?? 0 }
  let labels = right.enumerated().map { $0.offset < 3 ? ($0.element + 1) % 4 : $0.element }
  let points = try perturb(attack, images, norm: norm, labels: labels, model: model)
  #expect(points.examples(0..<3) == images.examples(0..<3))
  #expect(points.examples(3..<6) != images.examples(3..<6))
}

@Test(arguments: cases.indices) func decisionAttacksWorkOnVectorsAndOnBoxesOfChannels(index: Int) throws {
  let (attack, norm) = cases[index]
  let bounds = try #require(PixelBox(ends: [-1, 1, 0, 255]))
  let shapes: [Shape] = [[7], [2, 3, 2], [1]]
  for shape in shapes {
    let box = shape.rank == 3 ? bounds : PixelBox(0...1)
    let model = LinearClassifier.random(inputShape: shape, classCount: 2, seed: 3)
    var images = images(5, shape: shape)
    // Into the box.
    images.withUnsafeMutableScalars { pixels in
      for run in box.runs(of: shape.batched(5)) {
        for index in run.indices {
          pixels[index] = run.range.lowerBound + (run.range.upperBound - run.range.lowerBound) * pixels[index]
        }
      }
    }
    let labels = predictions(of: try model.logits(of: images)).map { $0 ?? 0 }
    let points = try perturb(attack, images, norm: norm, labels: labels, bounds: box, model: model)
    #expect(box.contains(points))
    let after = predictions(of: try model.logits(of: points))
    for row in 0..<5 where points.examples(row..<row + 1) != images.examples(row..<row + 1) {
      #expect(after[row] != labels[row])
    }
  }
}

@Test(arguments: cases.indices) func targetsAreReachedByDecisions(index: Int) throws {
  let (attack, norm) = cases[index]
  let examples = try found(attack, norm: norm, targeted: true).evaluation.examples
  #expect(examples.contains { $0.isBroken })
  #expect(examples.allSatisfy { $0.isBroken == ($0.adversarialPrediction == $0.target) })
}
