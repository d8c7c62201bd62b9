import Attacks
import Networks
import TestSupport
import Testing

private let norms: [Norm] = [.linf, .l2, .l1]

/// Below the optimum nothing is found. Above it the steps of the second half fall to nothing, and on a linear model end
/// at the optimum: in L∞ and L1 but for what the last steps are long, in L2 but for the angle that is left.
@Test(arguments: norms) func squaresAndAscentReachTheOptimum(norm: Norm) throws {
  let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 2, seed: 4)
  let all = images(30, shape: model.inputShape)
  var checked = 0
  for row in 0..<30 {
    let set = try evaluationSet(all.examples(row..<row + 1), model: model)
    let optimum = model.optimum(norm, image: set.images.scalars, label: set.labels[0], bounds: 0...1)
    guard optimum.isFinite, optimum > 1e-3 else { continue }
    checked += 1
    for (factor, expected) in [(0.99, ExampleStatus.robust), (1.2, .broken)] {
      let threat = ThreatModel(norm: norm, radius: Float(factor * optimum))
      let result = try evaluator().evaluate(SquareAscent(), on: set, threat: threat, model: model)
      #expect(result.examples[0].status == expected, "\(norm) \(row) \(factor)")
    }
  }
  #expect(checked > 20)
}

/// What it is for: where the gradient says nothing, at the image and at random points, PGD stays there and squares do not.
@Test func itBreaksWhatGradientsAtTheImageSayNothingOf() throws {
  let model = StripedClassifier()
  let set = try EvaluationSet(
    images: Tensor(shape: [12, 1, 6, 6], repeating: 0.5), labels: Array(repeating: 0, count: 12))
  let threat = ThreatModel(norm: .linf, radius: 0.3)
  func hits(_ attack: any Attack) throws -> Int {
    try evaluator().evaluate(attack, on: set, threat: threat, model: model).successRate.hits
  }
  #expect(try hits(ProjectedGradient(steps: 100)) == 0)
  #expect(try hits(SquareAscent()) == 12)
}

/// A round begins where the last one ended, so that its first query is that of no other point.
@Test func aRoundGoesOnFromTheLast() throws {
  let model = RecordingClassifier(FixedClassifier(inputShape: [1, 4, 4], logits: [1, 0], slope: 1))
  var attack = SquareAscent()
  (attack.rounds, attack.queries, attack.steps) = (2, 5, 3)
  let threat = ThreatModel(norm: .linf, radius: 0.25)
  let image = Tensor<Float>(shape: [1, 1, 4, 4], repeating: 0.5)
  let task = AttackTask(
    images: image, ids: [0], goal: .misclassify(labels: [0]), threat: threat, random: RandomSource(seed: 1))
  let points = try attack.perturb(task, model: AttackedModel(model))
  // Nothing is better than the start, whose loss is that of every point: it is kept through both rounds.
  let start = model.queries[0]
  #expect(points == start)
  #expect(model.queries.filter { $0 == start }.count == 2)
  #expect(model.gradients.count == 6)
  #expect(model.gradients[0] == start && model.gradients[3] == start)
  #expect(Double(model.queries.count + 2 * model.gradients.count) <= attack.passesPerExample)
}

/// Two classes, of which the second wins where the means of the columns are far from ½: up to 0.2 they tell nothing, and
/// neither does the gradient.
private struct StripedClassifier: DifferentiableClassifier {
  let inputShape: Shape = [1, 6, 6]
  let classCount = 2
  let pullbackLogitsAreExact = true

  func logits(of images: Tensor<Float>) throws -> Tensor<Float> {
    let scores = (0..<images.exampleCount).flatMap { row -> [Float] in
      [0, columnMeans(images, row).reduce(-0.3) { $0 + max(abs($1 - 0.5) - 0.2, 0) }]
    }
    return Tensor(shape: [images.exampleCount, 2], scalars: scores)
  }

  func pullback(
    at images: Tensor<Float>, cotangent: LogitCotangent
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    let logits = try logits(of: images)
    let slopes = try cotangent(logits, 0..<images.exampleCount).scalars
    let gradient = (0..<images.exampleCount).flatMap { row -> [Float] in
      let columns = columnMeans(images, row).map { mean -> Float in
        abs(mean - 0.5) > 0.2 ? slopes[2 * row + 1] * (mean > 0.5 ? 1 : -1) / 6 : 0
      }
      return (0..<36).map { columns[$0 % 6] }
    }
    return (logits, Tensor(shape: images.shape, scalars: gradient))
  }

  private func columnMeans(_ images: Tensor<Float>, _ row: Int) -> [Float] {
    let pixels = images.examples(row..<row + 1).scalars
    return (0..<6).map { column in stride(from: column, to: 36, by: 6).reduce(Float(0)) { $0 + pixels[$1] } / 6 }
  }
}
