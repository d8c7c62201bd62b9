import Attacks
import Networks
import TestSupport
import Testing

private let model = LinearClassifier.random(inputShape: [1, 6, 5], classCount: 2, seed: 12)

private func margin(_ image: [Double], label: Int) -> Double {
  image.indices.reduce(Double(model.biases[label]) - Double(model.biases[1 - label])) { sum, pixel in
    let own = Double(model.weights.scalars[label * 30 + pixel])
    return sum + (own - Double(model.weights.scalars[(1 - label) * 30 + pixel])) * image[pixel]
  }
}

/// Where a path first crosses the boundary, between the first of 200 looks behind it and the one before.
private func firstShare(_ label: Int, _ path: (Double) -> [Double]) -> Double? {
  guard let look = (1...200).first(where: { margin(path(Double($0) / 200), label: label) < 0 }) else { return nil }
  var (low, high) = (Double(look - 1) / 200, Double(look) / 200)
  for _ in 0..<40 {
    let middle = (low + high) / 2
    if margin(path(middle), label: label) < 0 { high = middle } else { low = middle }
  }
  return high
}

/// Where the boundary of a linear model is on a path is known. 200 looks and 20 halvings end within 1/(200 · 2²⁰)
/// behind it; pixels and logits in single precision add 1e-6.
@Test(arguments: ["contrast", "brightness"]) func thePathEndsAtTheBoundary(name: String) throws {
  let set = try evaluationSet(images(60, shape: model.inputShape), model: model)
  let found = try evaluator().evaluateCandidates(
    of: AttackCatalog.attack("\(name):steps=200,search-steps=20"), on: set,
    threat: ThreatModel(norm: .linf, radius: 1), model: model)
  var broken = 0
  for row in 0..<60 {
    let image = set.images.examples(row..<row + 1).scalars.map(Double.init)
    let paths: [(Double) -> [Double]] =
      name == "contrast"
      ? [{ share in image.map { $0 + share * (0.5 - $0) } }]
      : [{ share in image.map { min(1, $0 + share) } }, { share in image.map { max(0, $0 - share) } }]
    let distances = paths.compactMap { path in
      firstShare(set.labels[row], path).map { share in
        zip(path(share), image).reduce(0) { max($0, abs($1.0 - $1.1)) }
      }
    }
    let outcome = found.evaluation.examples[row]
    #expect(outcome.isBroken == !distances.isEmpty)
    guard let expected = distances.min(), outcome.isBroken else { continue }
    broken += 1
    #expect(abs(Double(outcome.distance) - expected) < 4e-6, "\(row)")
  }
  #expect(broken >= 5, "\(broken)")
}

/// What the paths look like, seen by a model that never gives in.
@Test func pathsLeadWhereTheySay() throws {
  let stubborn = FixedClassifier(inputShape: [1, 6, 5], logits: [1, 0], slope: 0)
  let image = images(1, shape: [1, 6, 5])
  func seen(_ word: String) throws -> [Tensor<Float>] {
    let recorder = RecordingClassifier(stubborn)
    let points = try AttackCatalog.attack(word).perturb(
      AttackTask(
        images: image, ids: [0], goal: .misclassify(labels: [0]), threat: ThreatModel(norm: .l2, radius: .infinity)),
      model: AttackedModel(recorder))
    #expect(points == image, "nothing was found")
    // The first look is at the image.
    return Array(recorder.queries.dropFirst())
  }
  let mean = image.scalars.reduce(0, +) / 30
  let blurred = try seen("blur:steps=4")
  #expect(blurred.count == 4)
  // A filter with a mirrored border keeps the mean, up to single precision, and in the end leaves hardly more.
  for points in blurred { #expect(abs(points.scalars.reduce(0, +) / 30 - mean) < 1e-5) }
  #expect(blurred[3].scalars.allSatisfy { abs($0 - mean) < 0.05 })
  let isGray = try seen("contrast:steps=2").last?.scalars.allSatisfy { abs($0 - 0.5) < 1e-6 }
  #expect(isGray == true)
  let bright = try seen("brightness:steps=3")
  #expect(bright.count == 6)
  #expect(bright[2].scalars.allSatisfy { $0 == 1 } && bright[5].scalars.allSatisfy { $0 == 0 })
  let turned = try seen("rotation:steps=2")
  #expect(turned.count == 4)
  let reversed = Array(image.scalars.map(Double.init).reversed())
  #expect(largestDifference(turned[1].scalars.map(Double.init), reversed) < 1e-5)
  #expect(largestDifference(turned[3].scalars.map(Double.init), reversed) < 1e-5)
}

@Test func bisectionShortensTheDistance() throws {
  let set = try evaluationSet(images(40, shape: model.inputShape), model: model)
  for name in ["blur", "contrast", "brightness", "rotation"] {
    func outcomes(_ halvings: Int) throws -> [ExampleOutcome] {
      try evaluator().evaluate(
        AttackCatalog.attack("\(name):steps=10,search-steps=\(halvings)"), on: set,
        threat: ThreatModel(norm: .l2, radius: 100), model: model
      ).examples
    }
    let (coarse, fine) = (try outcomes(0), try outcomes(10))
    #expect(zip(coarse, fine).allSatisfy { $0.isBroken == $1.isBroken && $1.distance <= $0.distance })
    let isNearer = zip(coarse, fine).contains { $0.isBroken && $1.distance < $0.distance }
    #expect(isNearer, "\(name)")
  }
}

/// A query budget ends the search with what it has.
@Test func aBudgetIsKept() throws {
  let set = try evaluationSet(images(20, shape: model.inputShape), model: model)
  for word in ["brightness", "salt-and-pepper", "gaussian-noise", "spatial", "spatial:search=gradient"] {
    var judge = evaluator()
    judge.queryBudget = 7
    let result = try judge.evaluate(
      AttackCatalog.attack(word), on: set, threat: ThreatModel(norm: .l2, radius: 1), model: model)
    #expect(result.examples.allSatisfy { $0.forwards <= 7 && !$0.status.isInvalid }, "\(word)")
  }
}
