import Attacks
import Networks
import TestSupport
import Testing

/// Of ten scalars three are needed, each at its end of the box; the others have weights too, so that plain descent moves
/// them all. What it gives back has three.
@Test func onlyTheScalarsThatAreNeededChange() throws {
  let weights: [Float] = [0.1, 1, 0.1, 1, 0.1, 1, 0.1, 0.1, 0.1, 0.1]
  let model = LinearClassifier(
    inputShape: [10], weights: Tensor(shape: [2, 10], scalars: weights.map { _ in 0 } + weights), biases: [2.8, 0])
  let image = Tensor<Float>(shape: [1, 10], repeating: 0)
  let points = try perturb(SigmaZero(steps: 200), image, labels: [0], norm: .l0, model: model).scalars
  #expect(points.count { $0 != 0 } == 3)
  #expect(points[1] > 0.5 && points[3] > 0.5 && points[5] > 0.5)
}

/// More steps never lose what fewer have found: the schedule is another, but on these images the count gets no larger
/// than that of fast minimum norm, the simpler attack.
@Test func itIsNoWeakerThanFastMinimumNorm() throws {
  let model = try OracleClassifier.tiny()
  let set = try evaluationSet(images(30, shape: model.inputShape), model: model)
  func median(_ attack: any Attack) throws -> Float {
    let result = try evaluator(workers: 2).evaluate(
      attack, on: set, threat: ThreatModel(norm: .l0, radius: 64), model: model)
    #expect(result.successRate.hits > 26)
    return result.examples.map { $0.isBroken ? $0.distance : .infinity }.sorted()[set.count / 2]
  }
  let (sigma, fast) = (try median(SigmaZero(steps: 300)), try median(FastMinimumNorm()))
  #expect(sigma <= fast, "\(sigma) against \(fast)")
}

@Test func senselessSigmaZeroParametersAreRefused() {
  let threat = ThreatModel(norm: .l0, radius: 3)
  for attack in [
    SigmaZero(steps: 0), SigmaZero(steps: 1, stepSize: 0), SigmaZero(steps: 1, sigma: 0),
    SigmaZero(steps: 1, threshold: 2), SigmaZero(steps: 1, thresholdRate: -1),
  ] {
    #expect(throws: AttackError.self) { try attack.validate(threat: threat, classCount: 2) }
  }
}
