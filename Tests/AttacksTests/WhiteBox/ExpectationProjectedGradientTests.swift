import Attacks
import Networks
import Synchronization
import TestSupport
import Testing

/// A model whose gradient is right on average only: by turns three times too long, and backwards.
private final class FlickeringClassifier: DifferentiableClassifier {
  let base: LinearClassifier
  private let turn = Mutex(0)
  init(_ base: LinearClassifier) { self.base = base }
  var inputShape: Shape { base.inputShape }
  var classCount: Int { base.classCount }
  let pullbackLogitsAreExact = true

  func logits(of images: Tensor<Float>) throws -> Tensor<Float> { try base.logits(of: images) }

  func pullback(
    at images: Tensor<Float>, cotangent: LogitCotangent
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    let factor: Float = turn.withLock { turn in
      turn += 1
      return turn % 2 == 1 ? -1 : 3
    }
    let (logits, gradient) = try base.pullback(at: images, cotangent: cotangent)
    return (logits, Tensor(shape: gradient.shape, scalars: gradient.scalars.map { factor * $0 }))
  }
}

@Test func theMeanOverDrawsFindsWhatOneDrawMisses() throws {
  let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 2, seed: 4)
  let set = try evaluationSet(images(20, shape: model.inputShape, inner: true), model: model)
  func hits(_ word: String) throws -> Int {
    try evaluator(batchSize: 32).evaluate(
      AttackCatalog.attack(word), on: set, threat: ThreatModel(norm: .linf, radius: 0.3),
      model: FlickeringClassifier(model)
    ).successRate.hits
  }
  let all = try evaluator().evaluate(
    ProjectedGradient(), on: set, threat: ThreatModel(norm: .linf, radius: 0.3), model: model
  ).successRate.hits
  #expect(all > 10)
  #expect(try hits("eot-pgd:draws=2") == all)
  // Forth and back by the same step, it ends where it began: at a random point.
  #expect(try hits("eot-pgd:draws=1") < all)
}

@Test func onAModelThatIsNotRandomItIsPGD() throws {
  #expect(try trace("eot-pgd:draws=1").candidates == trace("pgd").candidates)
}

@Test func everyDrawIsOneGradient() throws {
  #expect(try trace("eot-pgd:steps=3,draws=4").seen.count == 12)
}
