import Attacks
import Networks
import TestSupport
import Testing

private let model = LinearClassifier.random(inputShape: [3, 4, 5], classCount: 2, seed: 4)
private let box = PixelBox(-1...2)

private func run(_ steps: Int) throws -> (set: EvaluationSet, found: EvaluatedCandidates) {
  let unit = images(15, shape: model.inputShape, inner: true)
  let set = try evaluationSet(
    Tensor(shape: unit.shape, scalars: unit.scalars.map { 3 * $0 - 1 }), model: model)
  let found = try evaluator().evaluateCandidates(
    of: SaltAndPepper(steps: steps), on: set, threat: ThreatModel(norm: .l2, radius: 100, bounds: box), model: model)
  return (set, found)
}

/// A pixel is as it was, or in all channels at one end.
@Test func pixelsGoToTheEndsInAllChannels() throws {
  let (set, found) = try run(200)
  let isAnyBroken = found.evaluation.examples.contains(where: \.isBroken)
  #expect(isAnyBroken)
  for row in 0..<set.count {
    for pixel in 0..<20 {
      let values = (0..<3).map { found.images.scalars[row * 60 + $0 * 20 + pixel] }
      let before = (0..<3).map { set.images.scalars[row * 60 + $0 * 20 + pixel] }
      #expect(values == before || values == [-1, -1, -1] || values == [2, 2, 2])
    }
  }
}

/// The longer it looks, the nearer it gets; it never beats the exact optimum.
@Test func moreLooksGetNearer() throws {
  let (set, few) = try run(50)
  let many = try run(1000).found
  var (sumOfFew, sumOfMany) = (0.0, 0.0)
  for row in 0..<set.count where few.evaluation.examples[row].isBroken {
    let optimum = model.optimum(
      .l2, image: set.images.examples(row..<row + 1).scalars, label: set.labels[row], bounds: -1...2)
    let (near, nearer) = (few.evaluation.examples[row].distance, many.evaluation.examples[row].distance)
    #expect(Double(nearer) >= optimum * (1 - 1e-5))
    sumOfFew += Double(near)
    sumOfMany += Double(nearer)
  }
  #expect(sumOfMany < sumOfFew)
}

/// After a look at the image, without success p goes from 1/n to 1 in equal steps.
@Test func probabilitiesClimbByEqualSteps() throws {
  let recorder = RecordingClassifier(FixedClassifier(inputShape: [1, 40, 40], logits: [1, 0], slope: 0))
  let gray = Tensor<Float>(shape: [1, 1, 40, 40], repeating: 0.5)
  let points = try SaltAndPepper(steps: 10).perturb(
    AttackTask(
      images: gray, ids: [0], goal: .misclassify(labels: [0]), threat: ThreatModel(norm: .l2, radius: .infinity)),
    model: AttackedModel(recorder))
  #expect(points == gray)
  let shares = recorder.queries.dropFirst().map { query in Double(query.scalars.count { $0 != 0.5 }) / 1600 }
  #expect(shares.count == 10)
  // Four standard deviations of 1600 tosses.
  for (index, share) in shares.enumerated() { #expect(abs(share - Double(index + 1) / 10) < 0.05, "\(shares)") }
}
