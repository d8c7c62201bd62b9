import Attacks
import Networks
import TestSupport
import Testing

@Test(arguments: [Norm.linf, .l2]) func banditsComeNearTheOptimumOfALinearModel(norm: Norm) throws {
  // Tiles of one scalar. A direction that is learnt from single differences stays noisy.
  try expectOptimum(BanditAttack(queries: 6000), norm, factor: 1.3, share: 0.9)
}

@Test func aStepOfBanditsTakesThreeQueries() throws {
  #expect(try queries(BanditAttack(queries: 100), .linf) == [99])
  #expect(try queries(BanditAttack(queries: 3), .l2) == [3])
}

@Test(arguments: [(nil, 1), (2, 2), (3, 3)] as [(Int?, Int)])
func pixelsOfATileMoveAlike(size: Int?, side: Int) throws {
  let model = LinearClassifier.random(inputShape: [2, 5, 7], classCount: 2, seed: 8)
  let images = images(4, shape: [2, 5, 7], inner: true)
  let labels = predictions(of: try model.logits(of: images)).map { $0 ?? 0 }
  let task = AttackTask(
    images: images, ids: Array(0..<4), goal: .misclassify(labels: labels),
    threat: ThreatModel(norm: .linf, radius: 0.01))
  let moved = try BanditAttack(queries: 9, tileSize: size).perturb(task, model: QueriedModel(model))
  var values: [String: Set<Bool>] = [:]
  for (index, scalar) in moved.scalars.enumerated() where scalar != images.scalars[index] {
    let (plane, place) = index.quotientAndRemainder(dividingBy: 35)
    values["\(plane) \(place / 7 / side) \(place % 7 / side)", default: []].insert(scalar > images.scalars[index])
  }
  #expect(values.count == 8 * ((5 + side - 1) / side) * ((7 + side - 1) / side))
  #expect(values.values.allSatisfy { $0.count == 1 })
}
