import Attacks
import Networks
import TestSupport
import Testing

private let shape: Shape = [2, 9, 7]
private let model = LinearClassifier.random(inputShape: shape, classCount: 3, seed: 8)
private let box = PixelBox(-1...1)

private func samples(_ count: Int, seed: UInt64 = 9) -> Tensor<Float> {
  let unit = images(count, shape: shape, seed: seed)
  return Tensor(shape: unit.shape, scalars: unit.scalars.map { 2 * $0 - 1 })
}

private func product(_ a: Tensor<Float>, _ b: Tensor<Float>) -> Double {
  zip(a.scalars, b.scalars).reduce(0) { $0 + Double($1.0) * Double($1.1) }
}

/// The product is smooth in the motion but where a place crosses a line between pixels, where slopes jump: some of 63
/// places do so within 0.002 of a motion, next to none within 0.0001. A difference of 0.0002 errs by the rounding of a
/// hundred values to single precision, 1e-6 or less: by 0.5 % of slopes that are of size one and more. One of the three
/// lengths has neither error.
@Test(arguments: 0..<8) func slopesAreThoseOfFiniteDifferences(id: Int) throws {
  let image = samples(1, seed: UInt64(id))
  var stream = RandomSource(seed: 4).stream(.check, example: id)
  let gradient = Tensor<Float>(shape: image.shape, scalars: (0..<shape.count).map { _ in stream.normal() })
  let motion = RigidMotion(
    rotation: Double(stream.uniform(in: -40...40)), right: Double(stream.uniform(in: -3...3)),
    down: Double(stream.uniform(in: -3...3)))
  func value(_ rotation: Double, _ right: Double, _ down: Double) -> Double {
    let moved = RigidMotion(
      rotation: motion.rotation + rotation, right: motion.right + right, down: motion.down + down)
    return product(image.moved(by: [moved], in: box), gradient)
  }
  let slopes = image.slopes(of: [motion], gradient: gradient, in: box)[0]
  let errors = [0.001, 0.0003, 0.0001].map { h in
    let differences = [
      value(h, 0, 0) - value(-h, 0, 0), value(0, h, 0) - value(0, -h, 0), value(0, 0, h) - value(0, 0, -h),
    ].map { $0 / (2 * h) }
    let size = differences.reduce(1) { max($0, abs($1)) }
    return largestDifference((0..<3).map { slopes[$0] }, differences) / size
  }
  #expect((errors.min() ?? 1) < 0.01, "\(errors)")
}

@Test func wholeShiftsAndRightAnglesOnlyMovePixels() {
  let image = samples(1)
  #expect(image.moved(by: [RigidMotion()], in: box) == image)
  let shifted = image.moved(by: [RigidMotion(right: 2, down: -1)], in: box).scalars
  for channel in 0..<2 {
    for y in 0..<9 {
      for x in 0..<7 {
        // The pixel shows what lies two to the right and one above; beyond the border is the lowest value.
        let isInside = y >= 1 && x < 5
        let expected = isInside ? image.scalars[(channel * 9 + y - 1) * 7 + x + 2] : -1
        #expect(abs(shifted[(channel * 9 + y) * 7 + x] - expected) < 1e-6)
      }
    }
  }
  let square = Tensor<Float>(shape: [1, 1, 3, 3], scalars: [1, 2, 3, 4, 5, 6, 7, 8, 9].map { $0 / 9 })
  let turned = square.moved(by: [RigidMotion(rotation: 90)], in: PixelBox(0...1)).scalars.map { ($0 * 9).rounded() }
  // The upper left pixel, at (−1, −1) from the centre, shows what is at R(−1, −1) = (1, −1).
  #expect(turned == [3, 6, 9, 2, 5, 8, 1, 4, 7])
}

/// Every motion of the grid in Foolbox's order; the first that succeeds is kept.
@Test func theGridIsTriedInOrder() throws {
  let set = try evaluationSet(samples(20), model: model)
  let spatial = try AttackCatalog.attack("spatial:max-translation=2,translations=3,rotations=3")
  let found = try evaluator().evaluateCandidates(
    of: spatial, on: set, threat: ThreatModel(norm: .l2, radius: 0, bounds: box), model: model)
  let motions = [-30.0, 0, 30].flatMap { turn in
    [-2.0, 0, 2].flatMap { right in [-2.0, 0, 2].map { RigidMotion(rotation: turn, right: right, down: $0) } }
  }
  var broken = 0
  for (row, outcome) in found.evaluation.examples.enumerated() {
    let image = set.images.examples(row..<row + 1)
    let points = motions.map { image.moved(by: [$0], in: box) }
    let first = try points.firstIndex { predictions(of: try model.logits(of: $0)) != [set.labels[row]] }
    #expect(outcome.isBroken == (first != nil) && outcome.forwards == (first ?? 26) + 1)
    if let first { #expect(found.images.examples(row..<row + 1) == points[first]) }
    broken += first == nil ? 0 : 1
  }
  #expect((1...20).contains(broken))
}

/// Success is success at any distance, even where the radius is 0.
@Test(arguments: ["grid", "random", "gradient"]) func everySearchFindsAShift(search: String) throws {
  // Class 0 is bright on the left, class 1 on the right.
  let weights = (0..<64).map { Float($0 % 8 < 4 ? 1 : -1) }
  let model = LinearClassifier(
    inputShape: [1, 8, 8], weights: Tensor(shape: [2, 64], scalars: weights + weights.map { -$0 }), biases: [0, 0])
  let bar = Tensor<Float>(shape: [1, 1, 8, 8], scalars: (0..<64).map { $0 % 8 == 2 || $0 % 8 == 3 ? 1 : 0 })
  let set = try EvaluationSet(images: bar, labels: [0])
  let attack = try AttackCatalog.attack("spatial:search=\(search)")
  let result = try evaluator().evaluateCandidates(
    of: attack, on: set, threat: ThreatModel(norm: .linf, radius: 0), model: model)
  #expect(result.evaluation.examples[0].isBroken)
  let still = try AttackCatalog.attack("spatial:search=\(search),max-translation=0,max-rotation=0")
  let unmoved = try evaluator().evaluateCandidates(
    of: still, on: set, threat: ThreatModel(norm: .linf, radius: 0), model: model)
  #expect(unmoved.evaluation.examples[0].status == .robust && unmoved.images == bar)
}

@Test func targetsOfMotionsAreReached() throws {
  let set = try evaluationSet(samples(20), model: model, targeted: true)
  let result = try evaluator().evaluate(
    SpatialAttack(search: .random), on: set, threat: ThreatModel(norm: .l2, radius: 0, bounds: box), model: model)
  let broken = result.examples.filter(\.isBroken)
  #expect(!broken.isEmpty && broken.allSatisfy { $0.adversarialPrediction == $0.target })
}
