import Attacks
import Hyperparameters
import Networks
import TestSupport
import Testing

private func settings(steps: Int) -> AutoPGDSettings {
  var settings = AutoPGDSettings()
  settings.steps = steps
  return settings
}

private func conjugate(steps: Int) -> ConjugateSettings {
  var settings = ConjugateSettings()
  settings.steps = steps
  return settings
}

private let attacks: [any Attack] = [
  AutoPGD(loss: .margin, settings: settings(steps: 12)), AutoPGDCrossEntropy(settings: settings(steps: 1)),
  TargetedAutoPGD(targeting: .malt, loss: .margin, settings: settings(steps: 6)),
  AutoConjugateGradient(settings: conjugate(steps: 12)), RescalingConjugateGradient(settings: conjugate(steps: 12)),
  ProbabilityMarginAttack(steps: 6), ProbabilityMarginAttack(steps: 1),
  MinimalAutoPGD(searchSteps: 5, attack: AutoPGD(loss: .margin, settings: settings(steps: 6))),
]

private func isFine(_ points: Tensor<Float>, _ task: AttackTask) -> Bool {
  task.threat.bounds.contains(points)
    && task.threat.distances(from: task.images, to: points).allSatisfy { $0 <= task.threat.radius }
}

/// A query budget ends a run with what it has, whatever the attack does next.
@Test(arguments: [Norm.linf, .l2, .l1]) func budgetsAreKept(norm: Norm) throws {
  let model = LinearClassifier.random(inputShape: [1, 4, 5], classCount: 4, seed: 2)
  for attack in attacks where type(of: attack).norms.contains(norm) {
    for budget in [1, 2, 5, 8, 13] {
      let counter = QueryCounter(ids: [0, 1, 2], budget: budget) { _, _ in }
      let threat = ThreatModel(norm: norm, radius: attack is any MinimumNormAttack ? .infinity : 1e-3)
      let task = AttackTask(
        images: images(3, shape: model.inputShape, inner: true), ids: [0, 1, 2],
        goal: .classify(as: [0, 1, 2]), threat: threat)
      let points = try attack.perturb(task, model: AttackedModel(model, counter: counter))
      #expect(isFine(points, task))
      #expect(counter.counts.forwards.allSatisfy { $0 <= budget })
    }
  }
}

/// Channels with boxes of their own, far from [0, 1].
@Test(arguments: [Norm.linf, .l2, .l1]) func boxesMayDifferByChannel(norm: Norm) throws {
  let box = try #require(PixelBox(channels: [-2...1, 0...255]))
  let model = LinearClassifier.random(inputShape: [2, 2, 3], classCount: 3, seed: 2)
  let unit = images(4, shape: model.inputShape)
  let scalars = unit.scalars.enumerated().map { $0.offset % 12 < 6 ? -2 + 3 * $0.element : 255 * $0.element }
  for attack in attacks where type(of: attack).norms.contains(norm) {
    let threat = ThreatModel(norm: norm, radius: attack is any MinimumNormAttack ? .infinity : 3, bounds: box)
    let task = AttackTask(
      images: Tensor(shape: unit.shape, scalars: scalars), ids: [0, 1, 2, 3],
      goal: .misclassify(
        labels: predictions(of: try model.logits(of: Tensor(shape: unit.shape, scalars: scalars))).map { $0 ?? 0 }),
      threat: threat)
    #expect(isFine(try attack.perturb(task, model: AttackedModel(model)), task), "\(attack.text)")
  }
}
