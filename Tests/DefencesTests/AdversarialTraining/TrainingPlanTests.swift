import Attacks
import Defences
import Hyperparameters
import Networks
import Testing
import Training

/// What program and library decide about a run of training.
@Suite struct TrainingPlanTests {
  private let item: Case
  private let pixels = PixelBox(0...1)

  init() throws {
    item = try Case(isNormalized: false, count: 12)
  }

  private func preset(_ name: String) throws -> Preset { try Preset.named(name, for: [1, 28, 28]) }

  @Test func withoutValidationThereIsNothingToChooseBy() throws {
    let plan = try TrainingPlan(.defence(preset("fast")), pixels: pixels)
    #expect(plan.robustness == nil && plan.omissions == [.bestRobustEpoch, .collapseGuard])
    #expect(plan.loop.selection == .last && plan.loop.largestRobustnessLoss == nil)
    // Whoever asked for the choice is told that it cannot be made.
    let kept = try TrainingPlan(.defence(preset("pgd")), pixels: pixels, keepsSelection: true)
    #expect(kept.loop.selection == .bestRobust && kept.omissions.isEmpty)
    #expect(throws: TrainingError.self) { try kept.run(item.model, on: item.batch.examples) }
    let plain = try TrainingPlan(.plain(PlainTraining(epochs: 2)), pixels: pixels, validation: item.batch.examples)
    #expect(plain.robustness == nil && plain.omissions.isEmpty && plain.loop.epochs == 2)
  }

  @Test func robustAccuracyIsThatOfThePresetsThreat() throws {
    var preset = try preset("fast").adapted(to: PixelBox(0...255), epochs: 5)
    try preset.defence.set("norm", to: "l2")
    let attack = ValidationAttack(steps: 3, count: 4)
    let plan = try TrainingPlan(
      .defence(preset), pixels: PixelBox(0...255), validation: item.batch.examples, attack: attack, seed: 7,
      workers: Workers(count: 2))
    let robustness = try #require(plan.robustness)
    // 0.3 of the width of the range, as for pixels from 0 to 1.
    #expect(robustness.threat == ThreatModel(norm: .l2, radius: 76.5, bounds: PixelBox(0...255)))
    #expect(robustness.attack.steps == 3 && robustness.examples.count == 4)
    #expect(plan.omissions.isEmpty && plan.loop.selection == .bestRobust && plan.loop.largestRobustnessLoss == 0.2)
    #expect(plan.loop.epochs == 5 && plan.loop.seed == 7 && plan.loop.workers.count == 2)
    let unmeasured = try TrainingPlan(
      .defence(preset), pixels: PixelBox(0...255), validation: item.batch.examples, attack: nil)
    #expect(unmeasured.robustness == nil && unmeasured.omissions.count == 2)
  }

  @Test func augmentationsOfTheMethodComeLast() throws {
    var preset = try preset("gaussian")
    preset.loop.augmentations = [HorizontalFlip()]
    let plan = try TrainingPlan(.defence(preset), pixels: pixels)
    #expect(AugmentationCatalog.text(plan.loop.augmentations) == "flip,noise:sigma=0.25")
  }

  @Test func aDefenceKnowsOneRangeOfPixels() throws {
    let channels = try #require(PixelBox(channels: [0...1, 0...2]))
    #expect(throws: TrainingError.self) { try TrainingPlan(.defence(preset("pgd")), pixels: channels) }
    #expect(throws: TrainingError.self) { try preset("pgd").adapted(to: channels) }
    _ = try TrainingPlan(.plain(PlainTraining()), pixels: channels)
  }

  @Test func whatIsPublishedStays() throws {
    var preset = try preset("trades")
    try preset.defence.replace([(name: "beta", value: "3")])
    #expect((preset.defence as? Trades)?.beta == 3 && (preset.published.defence as? Trades)?.beta == 1)
  }

  /// A radius that is changed takes along a step whose length is set. Methods without such a step have no length to set.
  @Test(arguments: DefenceCatalog.methods.map { $0.method.name })
  func aStepThatCanBeSetIsRecorded(name: String) throws {
    let type = try #require(DefenceCatalog.methods.first { $0.method.name == name })
    let names = Set(type.descriptions.map(\.name))
    #expect((type is any SteppingDefence.Type) == names.contains("step-size"))
    #expect((type is any WeightPerturbingDefence.Type) == names.contains("awp-gamma"))
    guard var defence = type.init() as? any SteppingDefence else { return }
    defence.stepSize = 0.125
    #expect(defence.record.contains { $0.name == "step_size" && $0.value == .number(0.125) })
  }
}
