import Attacks
import Networks
import TestSupport
import Testing

private let linear = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 2, seed: 4)

private func settings(steps: Int = 100, restarts: Int? = 1, earlyStop: Bool = true) -> AutoPGDSettings {
  var settings = AutoPGDSettings()
  (settings.steps, settings.restarts, settings.earlyStop) = (steps, restarts, earlyStop)
  return settings
}

/// Pixels at the ends of the box: a little above the closed-form optimum everything is found, below it nothing.
///
/// In L∞ every point with the right signs is the optimum. In L2 rescaling and clipping gives back part of the radius
/// where pixels meet the box, so that the point that steps lead to lies up to 10 % inside. In L1 every step moves several
/// pixels alike, by ε/10 together, and the projection takes as much from each of those that matter: on 20 pixels five
/// runs may stay as far from the vertex as that.
@Test(arguments: [(Norm.linf, 1.01), (.l2, 1.12), (.l1, 1.5)], [Loss.crossEntropy, .margin])
func autoPGDReachesTheOptimum(setting: (norm: Norm, slack: Double), loss: Loss) throws {
  let all = images(40, shape: linear.inputShape)
  var checked = 0
  for row in 0..<40 {
    let set = try evaluationSet(all.examples(row..<row + 1), model: linear)
    let optimum = linear.optimum(setting.norm, image: set.images.scalars, label: set.labels[0], bounds: 0...1)
    guard optimum.isFinite, optimum > 1e-3 else { continue }
    checked += 1
    func status(_ factor: Double) throws -> ExampleStatus {
      let threat = ThreatModel(norm: setting.norm, radius: Float(factor * optimum))
      let attack = AutoPGD(loss: loss, settings: settings(restarts: nil))
      return try evaluator().evaluate(attack, on: set, threat: threat, model: linear).examples[0].status
    }
    #expect(try status(setting.slack) == .broken, "\(row)")
    #expect(try status(0.99) == .robust, "\(row)")
  }
  #expect(checked > 20)
}

private func task(_ images: Tensor<Float>, labels: [Int], _ threat: ThreatModel) -> AttackTask {
  AttackTask(images: images, ids: Array(labels.indices), goal: .misclassify(labels: labels), threat: threat)
}

/// A loss that never changes is never a rise but for the comparison with zero in the first window, so that the step is
/// halved at every check: after 22, 41, 57, 70, 80, 87, 93 and 99 of 100 steps.
@Test func stepsAreCheckedWhenThePaperSays() throws {
  let flat = LinearClassifier(inputShape: [6], weights: Tensor(shape: [3, 6]), biases: [1, 0, 0])
  let work = task(Tensor(shape: [1, 6], repeating: 0.5), labels: [0], ThreatModel(norm: .linf, radius: 0.1))
  let looks = try settings().trace(
    work, from: work.images, objective: .loss(.crossEntropy), model: AttackedModel(flat))
  let halved = (1...100).filter { looks[$0].stepSizes[0] < looks[$0 - 1].stepSizes[0] }
  // A look shows the size of the step that led to it.
  #expect(halved == [23, 42, 58, 71, 81, 88, 94, 100])
  #expect(looks[0].stepSizes[0] == 0.2)
}

/// Every start lies on the sphere of its norm, as far as the box allows.
@Test(arguments: [Norm.linf, .l2]) func runsBeginOnTheSphere(norm: Norm) throws {
  let threat = ThreatModel(norm: norm, radius: 0.25)
  let inner = images(20, shape: [1, 4, 5], inner: true)
  let work = task(inner, labels: Array(repeating: 0, count: 20), threat)
  let model = RecordingClassifier(linear)
  _ = try AutoPGD(loss: .margin, settings: settings(steps: 1, earlyStop: false)).perturb(
    work, model: AttackedModel(model))
  // Pixels are between 0.4 and 0.6, so that only L2 could leave the box, and does not: its changes are small. Each pixel is
  // rounded towards the centre by less than 1e-7.
  let starts = try #require(model.gradients.first)
  for distance in norm.distances(from: inner, to: starts) { #expect(abs(distance - 0.25) < 1e-6) }
}

@Test(arguments: [Norm.linf, .l2, .l1]) func autoPGDIsNoWeakerThanOneStep(norm: Norm) throws {
  let model = try OracleClassifier.tiny()
  let set = try evaluationSet(images(40, shape: model.inputShape), model: model)
  let radius: Float = norm == .linf ? 0.05 : (norm == .l2 ? 0.25 : 0.6)
  let threat = ThreatModel(norm: norm, radius: radius)
  func hits(_ attack: any Attack) throws -> Int {
    try evaluator(workers: 2).evaluate(attack, on: set, threat: threat, model: model).successRate.hits
  }
  let one = try hits(FastGradient())
  #expect((3...37).contains(one))
  #expect(try hits(AutoPGDCrossEntropy(settings: settings(steps: 60))) >= one)
  #expect(try hits(TargetedAutoPGD(targets: 5, settings: settings(steps: 40))) >= one)
}

/// Whether examples leave early changes which point comes out, and not whether one does.
@Test(arguments: [Norm.linf, .l2, .l1]) func earlyStopChangesNoVerdict(norm: Norm) throws {
  let model = try OracleClassifier.tiny()
  let set = try evaluationSet(images(24, shape: model.inputShape), model: model)
  let threat = ThreatModel(norm: norm, radius: norm == .linf ? 0.05 : (norm == .l2 ? 0.25 : 0.9))
  func result(_ earlyStop: Bool) throws -> Evaluation {
    let attack = AutoPGD(loss: .margin, settings: settings(steps: 20, earlyStop: earlyStop))
    return try evaluator().evaluate(attack, on: set, threat: threat, model: model)
  }
  let (early, late) = (try result(true), try result(false))
  #expect(early.examples.map(\.status) == late.examples.map(\.status))
  #expect((1..<24).contains(early.successRate.hits))
  // 20 steps and a look at the start; in L1 each of three runs looks at its own start, and the last looks need no gradient.
  let (runs, looks) = norm == .l1 ? (3, 23) : (1, 21)
  #expect(late.forwards == 24 * looks && late.backwards == 24 * (looks - runs))
  #expect(early.forwards < late.forwards)
}

/// With gradients of two passes averaged every point costs two, but for the last.
@Test func severalGradientsAreAveraged() throws {
  let set = try evaluationSet(images(6, shape: linear.inputShape, inner: true), model: linear)
  let threat = ThreatModel(norm: .linf, radius: 1e-4)
  var twice = settings(steps: 10)
  twice.eot = 2
  let one = try evaluator().evaluateCandidates(
    of: AutoPGD(loss: .margin, settings: settings(steps: 10)), on: set, threat: threat, model: linear)
  let two = try evaluator().evaluateCandidates(
    of: AutoPGD(loss: .margin, settings: twice), on: set, threat: threat, model: linear)
  #expect(one.images == two.images)
  #expect(one.evaluation.backwards == 6 * 10 && two.evaluation.backwards == 6 * 20)
}

@Test func lossesThatNeedMoreClassesAreRefusedAndReplaced() throws {
  let threat = ThreatModel(norm: .linf, radius: 0.3)
  let attack = AutoPGDLogitRatio()
  #expect(throws: AttackError.classes(loss: .logitRatio, found: 2)) {
    try attack.validate(threat: threat, classCount: 2)
  }
  try attack.validate(threat: threat, classCount: 3)
  #expect(attack.fallback(classCount: 2) as? AutoPGD == AutoPGD(loss: .margin))
  #expect(attack.fallback(classCount: 3) == nil && AutoPGDCrossEntropy().fallback(classCount: 2) == nil)
  try #require(attack.fallback(classCount: 2)).validate(threat: threat, classCount: 2)
}

@Test func numbersOfRunsDependOnTheNorm() {
  func runs(_ norm: Norm) -> Int? {
    AutoPGDCrossEntropy().resolved(for: ThreatModel(norm: norm, radius: 1)).apgd.settings.restarts
  }
  #expect(runs(.linf) == 1 && runs(.l2) == 1 && runs(.l1) == 5)
}
