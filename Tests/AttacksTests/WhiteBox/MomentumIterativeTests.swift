import Attacks
import Networks
import TestSupport
import Testing

let tinySet = try? evaluationSet(images(8, shape: [1, 8, 8]), model: OracleClassifier.tiny())

/// The candidates of an attack on the tiny network, all steps made, with the points at which gradients were taken.
func trace(
  _ word: String, on model: (any DifferentiableClassifier)? = nil, _ set: EvaluationSet? = tinySet,
  _ threat: ThreatModel = ThreatModel(norm: .linf, radius: 0.05)
) throws -> (candidates: Tensor<Float>, seen: [Tensor<Float>]) {
  let base = try model ?? OracleClassifier.tiny()
  let set = try #require(set)
  let model = RecordingClassifier(base)
  let found = try AttackCatalog.attack(word).withoutEarlyStop.perturb(
    AttackTask(images: set.images, ids: set.ids, goal: set.goal, threat: threat, random: RandomSource(seed: 1)),
    model: AttackedModel(model))
  return (found, model.gradients)
}

/// The gradient of the cross-entropy in double precision.
func gradient(_ points: Tensor<Float>, _ set: EvaluationSet) throws -> [Double] {
  try OracleClassifier.tiny().pullback(at: points) { logits, rows in
    Loss.crossEntropy(logits, labels: Array(set.labels[rows])).gradient
  }.gradient.scalars.map(Double.init)
}

/// Every example over its mean absolute value.
func overMean(_ values: [Double], size: Int) -> [Double] {
  stride(from: 0, to: values.count, by: size).flatMap { start -> [Double] in
    let part = values[start..<start + size]
    let mean = part.reduce(0) { $0 + abs($1) } / Double(size)
    return part.map { $0 / mean }
  }
}

/// x + α sign g, kept in ball and box.
func stepped(_ x: Float, _ g: Double, _ alpha: Float, _ image: Float, _ radius: Float) -> Float {
  let moved = x + (g > 0 ? alpha : g < 0 ? -alpha : 0)
  return min(max(min(max(moved, image - radius), image + radius), 0), 1)
}

/// The pixels at which two batches differ by more than rounding.
func differing(_ a: Tensor<Float>, _ b: [Float], within slack: Float = 1e-6) -> Int {
  zip(a.scalars, b).count { abs($0 - $1) > slack }
}

/// Each iterate follows from the one before by the formula, with the sum of the gradients at all points seen. Where the sum
/// is zero but for rounding its sign is open; there is no such pixel here.
@Test func momentumIsTheFormulaOfThePaper() throws {
  let set = try #require(tinySet)
  let (candidates, seen) = try trace("mi-fgsm:steps=5,decay=0.75")
  var g = [Double](repeating: 0, count: set.images.scalars.count)
  let iterates = seen + [candidates]
  #expect(iterates[0] == set.images)
  for step in 0..<5 {
    let now = overMean(try gradient(iterates[step], set), size: 64)
    g = zip(g, now).map { 0.75 * $0 + $1 }
    let next = zip(zip(iterates[step].scalars, g), set.images.scalars).map { stepped($0.0, $0.1, 0.01, $1, 0.05) }
    #expect(differing(iterates[step + 1], next) == 0, "\(step)")
  }
}

@Test func withoutDecayItIsTheBasicMethod() throws {
  #expect(try trace("mi-fgsm:decay=0,step-size=0.01").candidates == trace("bim:step-size=0.01").candidates)
  #expect(try trace("mi-fgsm:step-size=0.01").candidates != trace("bim:step-size=0.01").candidates)
}

/// The memory of an example that is done leaves with it: the others go on with their own.
@Test func memoryLeavesWithItsExample() throws {
  let set = try #require(tinySet)
  let threat = ThreatModel(norm: .linf, radius: 0.05)
  let model = try OracleClassifier.tiny()
  let whole = try evaluator().evaluateCandidates(of: MomentumIterative(), on: set, threat: threat, model: model)
  let broken = whole.evaluation.examples.filter { $0.isBroken }
  #expect(Set(broken.map(\.backwards)).count > 1, "all leave at once")
  let single = try evaluator(batchSize: 1).evaluateCandidates(
    of: MomentumIterative(), on: set, threat: threat, model: model)
  #expect(single.images == whole.images)
}
