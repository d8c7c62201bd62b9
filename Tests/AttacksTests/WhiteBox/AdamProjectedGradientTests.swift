import Attacks
import Foundation
import Networks
import TestSupport
import Testing

/// Adam in double precision from the points seen. A step is as long as the quotient of two sums of signs says, so that
/// single precision costs a few units in the last place of α for each step.
@Test func stepsAreThoseOfAdamForSigns() throws {
  let set = try #require(tinySet)
  let (candidates, seen) = try trace("adam-pgd:steps=6,random-start=false,step-size=0.004,beta1=0.8,beta2=0.95")
  var m = [Double](repeating: 0, count: set.images.scalars.count)
  var v = m
  let iterates = seen + [candidates]
  for step in 0..<6 {
    let signs = try gradient(iterates[step], set).map { $0 > 0 ? 1.0 : $0 < 0 ? -1 : 0 }
    m = zip(m, signs).map { 0.8 * $0 + 0.2 * $1 }
    v = zip(v, signs).map { 0.95 * $0 + 0.05 * $1 * $1 }
    let (first, second) = (1 - pow(0.8, Double(step + 1)), 1 - pow(0.95, Double(step + 1)))
    let next = iterates[step].scalars.indices.map { k -> Float in
      let move = 0.004 * (m[k] / first) / ((v[k] / second).squareRoot() + 1e-8)
      let (x, image) = (Double(iterates[step].scalars[k]), Double(set.images.scalars[k]))
      return Float(min(max(min(max(x + move, image - 0.05), image + 0.05), 0), 1))
    }
    #expect(differing(iterates[step + 1], next) == 0, "\(step)")
  }
}

/// In L2 Adam moves every pixel alike, far from the steepest direction: three times the optimum is enough for most.
@Test func inL2ItBreaksWhatIsNearEnough() throws {
  let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 2, seed: 4)
  let all = images(30, shape: model.inputShape, inner: true)
  var (broken, checked) = (0, 0)
  for row in 0..<30 {
    let set = try evaluationSet(all.examples(row..<row + 1), model: model)
    let optimum = model.optimum(.l2, image: set.images.scalars, label: set.labels[0], bounds: 0...1)
    guard optimum.isFinite, optimum < 0.12 else { continue }
    checked += 1
    let outcome = try evaluator().evaluate(
      AdamProjectedGradient(), on: set, threat: ThreatModel(norm: .l2, radius: Float(3 * optimum)), model: model
    ).examples[0]
    broken += outcome.isBroken ? 1 : 0
    #expect(!outcome.status.isInvalid)
  }
  #expect(checked > 5 && broken * 10 >= checked * 9, "\(broken) of \(checked)")
}
