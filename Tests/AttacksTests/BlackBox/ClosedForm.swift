import Attacks
import Networks
import TestSupport
import Testing

/// Attacks the linear model of two classes with radii around the optimum of each image: nothing may break below, and almost
/// everything must at `factor` times the optimum.
func expectOptimum(
  _ attack: any Attack, _ norm: Norm, factor: Double, share: Double = 1,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 2, seed: 4)
  let all = images(25, shape: model.inputShape)
  var (count, broken) = (0, 0)
  for row in 0..<25 {
    let set = try evaluationSet(all.examples(row..<row + 1), model: model)
    let optimum = model.optimum(norm, image: set.images.scalars, label: set.labels[0], bounds: 0...1)
    // Far radii would need far more steps than a test has.
    guard optimum > 1e-3, optimum < 2 else { continue }
    count += 1
    for (scale, isAbove) in [(0.99, false), (factor, true)] {
      let result = try evaluator().evaluate(
        attack, on: set, threat: ThreatModel(norm: norm, radius: Float(scale * optimum)), model: model)
      if isAbove {
        broken += result.successRate.hits
      } else {
        #expect(result.examples[0].status == .robust, "image \(row)", sourceLocation: sourceLocation)
      }
    }
  }
  #expect(count > 8, sourceLocation: sourceLocation)
  #expect(
    Double(broken) >= share * Double(count), "\(attack.title), \(norm.symbol): \(broken) of \(count) at \(factor)",
    sourceLocation: sourceLocation)
}

/// An example that none of the attacks here can break, so that all its queries are made.
func robustSet() throws -> (set: EvaluationSet, model: LinearClassifier) {
  let model = LinearClassifier(
    inputShape: [1, 4, 5],
    weights: Tensor(shape: [2, 20], scalars: (0..<40).map { Float($0 % 7) * 0.1 }), biases: [100, 0])
  return (try evaluationSet(images(3, shape: [1, 4, 5], inner: true), model: model), model)
}

/// The queries that an attack makes for each example of the robust set.
func queries(_ attack: any Attack, _ norm: Norm, radius: Float = 0.1) throws -> Set<Int> {
  let (set, model) = try robustSet()
  let result = try evaluator().evaluate(
    attack, on: set, threat: ThreatModel(norm: norm, radius: radius), model: model)
  return Set(result.examples.map(\.forwards))
}
