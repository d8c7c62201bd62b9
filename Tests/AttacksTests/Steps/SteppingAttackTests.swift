import Attacks
import Networks
import TestSupport
import Testing

/// The attacks that share the loop, and the two single steps beside them, with few steps.
private let words = [
  "pgd:steps=6,restarts=2", "bim", "mi-fgsm", "ni-fgsm", "adam-pgd:steps=8,restarts=2", "pgd-kl:steps=6,restarts=2",
  "eot-pgd:steps=4,draws=3,early-stop=true,restarts=2", "ffgsm", "r-fgsm", "slide:restarts=2", "di-fgsm:decay=0.5",
  "ti-fgsm:kernel-size=3", "si-ni-fgsm:scales=3", "vmi-fgsm:steps=4,draws=3",
]

private func attacks(_ norm: Norm) throws -> [any Attack] {
  try words.map { try AttackCatalog.attack($0) }.filter { type(of: $0).norms.contains(norm) }
}

private let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 4, seed: 2)
private let radii: [(norm: Norm, radius: Float)] = [(.linf, 0.15), (.l2, 0.5), (.l1, 0.8)]

private func candidates(
  _ attack: any Attack, _ set: EvaluationSet, _ norm: Norm, _ radius: Float,
  _ model: any DifferentiableClassifier = model
) throws -> EvaluatedCandidates {
  try evaluator(batchSize: 64).evaluateCandidates(
    of: attack, on: set, threat: ThreatModel(norm: norm, radius: radius), model: model)
}

/// What an attack does to an example depends on no other, whether these leave early or not, and every pass is counted.
@Test(arguments: 0..<3, [false, true]) func anExampleIsAttackedByItself(setting: Int, targeted: Bool) throws {
  let (norm, radius) = radii[setting]
  let set = try evaluationSet(images(30, shape: model.inputShape), model: model, targeted: targeted)
  for attack in try attacks(norm) {
    for attack in [attack, attack.withoutEarlyStop] {
      let whole = try candidates(attack, set, norm, radius)
      for batchSize in [1, 7] {
        let parts = try evaluator(batchSize: batchSize).evaluateCandidates(
          of: attack, on: set, threat: ThreatModel(norm: norm, radius: radius), model: model)
        #expect(parts.images == whole.images, "\(attack.title)")
        #expect(parts.evaluation.forwards == whole.evaluation.forwards, "\(attack.title)")
      }
      #expect(whole.evaluation.invalidCount == 0, "\(attack.title)")
      let most = Double(set.count) * attack.passesPerExample
      #expect(Double(whole.evaluation.forwards + whole.evaluation.backwards) <= most, "\(attack.title)")
    }
  }
}

@Test(arguments: 0..<3) func withoutEarlyStopThePassesAreThoseForetold(setting: Int) throws {
  let (norm, radius) = radii[setting]
  let set = try evaluationSet(images(5, shape: model.inputShape), model: model)
  for attack in try attacks(norm) {
    let attack = attack.withoutEarlyStop
    let result = try candidates(attack, set, norm, radius).evaluation
    #expect(Double(result.forwards + result.backwards) == 5 * attack.passesPerExample, "\(attack.title)")
  }
}

/// Of an example that leaves early the last point is adversarial: the look of its own that some attacks take, and the
/// logits that come along in the others, are those of that point.
@Test(arguments: 0..<3) func earlyStopLosesNothing(setting: Int) throws {
  let (norm, radius) = radii[setting]
  let set = try evaluationSet(images(40, shape: model.inputShape), model: model)
  for attack in try attacks(norm) {
    let early = try candidates(attack, set, norm, radius).evaluation
    let late = try candidates(attack.withoutEarlyStop, set, norm, radius).evaluation
    #expect(early.successRate.hits >= late.successRate.hits, "\(attack.title)")
    #expect(early.forwards <= late.forwards || early.backwards < late.backwards, "\(attack.title)")
  }
}

/// With a budget of n passes none makes more, and what it had found by then stands.
@Test(arguments: [1, 2, 5, 9]) func queryBudgetsAreKept(budget: Int) throws {
  let set = try evaluationSet(images(10, shape: model.inputShape), model: model)
  for attack in try attacks(.linf) + attacks(.l1) {
    var limited = evaluator()
    limited.queryBudget = budget
    let norm: Norm = type(of: attack).norms.contains(.linf) ? .linf : .l1
    let result = try limited.evaluate(
      attack, on: set, threat: ThreatModel(norm: norm, radius: 0.1), model: model)
    #expect(result.examples.allSatisfy { $0.forwards <= budget }, "\(attack.title)")
    #expect(result.invalidCount == 0)
  }
}

private let line = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 2, seed: 4)

/// On a linear model of two classes all of these go straight to the optimum: in L∞ with pixels at the ends of the box, in L2
/// and L1 away from them. A path of one radius in ten steps is short of it by rounding alone.
@Test(arguments: 0..<3, [false, true])
func linearModelsBreakAtTheOptimumAndNotBelow(setting: Int, targeted: Bool) throws {
  let norm = radii[setting].norm
  var words = ["bim", "mi-fgsm", "ni-fgsm", "si-ni-fgsm", "vmi-fgsm:draws=2", "eot-pgd:draws=2"]
  if norm == .linf { words += ["adam-pgd:random-start=false", "ffgsm:step-size=1"] }
  if norm == .l1 { words += ["slide:steps=40"] }
  let all = images(40, shape: line.inputShape, inner: norm != .linf)
  for attack in try words.map({ try AttackCatalog.attack($0) }) {
    var checked = 0
    for row in 0..<40 {
      let set = try evaluationSet(all.examples(row..<row + 1), model: line, targeted: targeted)
      let optimum = line.optimum(norm, image: set.images.scalars, label: set.labels[0], bounds: 0...1)
      // An L2 optimum of 0.35 cannot touch the box; 0.38 in L1 is one pixel's room.
      guard optimum.isFinite, optimum > 1e-3, norm == .linf || optimum < 0.35 else { continue }
      checked += 1
      func status(_ factor: Double) throws -> ExampleStatus {
        try candidates(attack, set, norm, Float(factor * optimum), line).evaluation.examples[0].status
      }
      // From a random point of the L2 sphere and with steps of ε/16, see the test of PGD.
      let slack = type(of: attack).name == "eot-pgd" ? 1.1 : 1.01
      #expect(try status(slack) == .broken, "\(attack.title), \(row)")
      #expect(try status(0.99) == .robust, "\(attack.title), \(row)")
    }
    #expect(checked > 15, "\(attack.title): \(checked)")
  }
}

/// On a small network no attack of many steps is weaker than one step of FGSM. Foolbox' steps of Adam do not reach from one
/// side of the ball to the other, and begin at the image here.
@Test func manyStepsAreNoWeakerThanOne() throws {
  let model = try OracleClassifier.tiny()
  let set = try evaluationSet(images(60, shape: model.inputShape), model: model)
  let one = try candidates(FastGradient(), set, .linf, 0.05, model).evaluation.successRate.hits
  #expect((5...55).contains(one))
  let words = [
    "bim", "mi-fgsm", "ni-fgsm", "adam-pgd:random-start=false", "eot-pgd:draws=1,early-stop=true", "vmi-fgsm:draws=3",
  ]
  for word in words {
    let hits = try candidates(AttackCatalog.attack(word), set, .linf, 0.05, model).evaluation.successRate.hits
    #expect(hits >= one, "\(word): \(hits) against \(one)")
  }
}
