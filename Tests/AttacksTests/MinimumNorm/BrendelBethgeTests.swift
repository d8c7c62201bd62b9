import Attacks
import Networks
import TestSupport
import Testing

private let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 2, seed: 4)

/// The start is on the way from the image to noise: every scalar lies between the two.
@Test func withoutAStartTheImageIsReturned() throws {
  // No point of the box is adversarial.
  let sure = LinearClassifier(inputShape: [2], weights: Tensor(shape: [2, 2]), biases: [1, 0])
  let image = Tensor<Float>(shape: [2, 2], scalars: [0, 0.5, 1, 0.2])
  for norm in Norm.allCases {
    #expect(try perturb(BrendelBethge(steps: 5), image, labels: [0, 0], norm: norm, model: sure) == image)
  }
}

@Test(arguments: Norm.allCases) func moreStepsComeNearer(norm: Norm) throws {
  let model = try OracleClassifier.tiny()
  let set = try evaluationSet(images(10, shape: model.inputShape), model: model)
  func distances(_ steps: Int) throws -> [Float] {
    try evaluator(workers: 2).evaluate(
      BrendelBethge(steps: steps, rate: 0.01), on: set, threat: ThreatModel(norm: norm, radius: 100), model: model
    ).examples.map { $0.isBroken ? $0.distance : .infinity }
  }
  let (few, many) = (try distances(2), try distances(100))
  #expect(many.count { $0.isFinite } >= 8)
  // In L0 distances are whole numbers, and some cannot be made less.
  #expect(zip(few, many).count { $1 < $0 } >= (norm == .l0 ? 6 : 8), "\(few) \(many)")
  #expect(zip(few, many).allSatisfy { $1 <= $0 })
}

/// The nearest points of a network in L2 are no farther than those of DDN, up to the 5 % that its last steps differ by.
@Test func itIsNoWeakerThanDecoupledDirectionNorm() throws {
  let model = try OracleClassifier.tiny()
  let set = try evaluationSet(images(20, shape: model.inputShape), model: model)
  func median(_ attack: any Attack) throws -> Float {
    try evaluator(workers: 2).evaluate(
      attack, on: set, threat: ThreatModel(norm: .l2, radius: 100), model: model
    ).examples.map { $0.isBroken ? $0.distance : .infinity }.sorted()[10]
  }
  let (followed, simple) = (try median(BrendelBethge(steps: 200, rate: 0.005)), try median(DecoupledDirectionNorm()))
  #expect(followed <= simple * 1.05, "\(followed) against \(simple)")
}

@Test func senselessBrendelBethgeParametersAreRefused() {
  let threat = ThreatModel(norm: .l2, radius: 3)
  for attack in [BrendelBethge(steps: 0), BrendelBethge(steps: 1, rate: 0), BrendelBethge(steps: 1, rate: .nan)] {
    #expect(throws: AttackError.self) { try attack.validate(threat: threat, classCount: 2) }
  }
}
