import AdvLab
import FoundationEssentials
import Testing

/// What the README promises of the library, on the digits that ship with the lab.
@Suite struct ModelTests {
  private static let directory = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 } + "/Data/"
  private let data: Dataset
  private let model: Model

  init() throws {
    data = try Dataset.read(from: Self.directory + "digits.h5", DatasetSelection(count: 60))
    model = try Model(contentsOf: Self.directory + "digits-cnn.h5", for: data)
  }

  @Test func oneAttackIsThatOfTheEvaluator() throws {
    let found = try model.attack(ProjectedGradient(steps: 5), on: data, eps: 0.1)
    let threat = ThreatModel(norm: .linf, radius: 0.1)
    var attack = ProjectedGradient(steps: 5)
    attack.stepSize = 0.1 / 5 * 2.5
    let set = try EvaluationSet(images: data.images, labels: data.labels, ids: data.ids)
    let expected = try Evaluator().evaluate(attack, on: set, threat: threat, model: model.classifier)
    #expect(found.evaluation.examples.map(\.fingerprint) == expected.examples.map(\.fingerprint))
    #expect(try model.accuracy(on: data) == expected.cleanAccuracy.fraction)
  }

  @Test func aSuiteGivesAResultForEachRadius() throws {
    var names: [String] = []
    let results = try model.evaluate(.quick, on: data, eps: [0.05, 0.1]) { event in
      if case .finishedAttack(let found, _) = event { names.append(found.attack.title) }
    }
    #expect(results.count == 2 && names.count == 6)
    let accuracies = results.compactMap(\.union.accuracy)
    #expect(accuracies[0] > accuracies[1])
    let defended = try model.evaluate(.quick, on: data, eps: [0.1], behind: BitDepth(bits: 2))
    #expect(defended[0].attacks.allSatisfy { $0.judgement.adaptive != nil })
  }

  /// What is certified is classified rightly, and PGD does not break it.
  @Test func certifiedExamplesWithstandAttacks() throws {
    let model = try Model(contentsOf: Self.directory + "digits-certified.h5", for: data)
    let bounds = try model.marginBounds(by: AlphaCrown(), on: data, eps: 0.1, enough: 0)
    let found = try model.attack(ProjectedGradient(steps: 20), on: data, eps: 0.1)
    let certified = bounds.count { $0 > 0 }
    #expect(certified > 40 && bounds.count == data.count)
    #expect(Double(certified) / Double(data.count) <= found.evaluation.robustAccuracy.fraction ?? 0)
  }

  @Test func trainingChangesTheWeightsAndTheFileHoldsThem() throws {
    let model = try Model(architecture: "mlp:hidden=18", for: data)
    let before = model.classifier.parameters.tensors
    let outcome = try model.train(
      on: data, with: Preset.named("fast", for: data.imageShape), epochs: 2, validation: data)
    #expect(outcome.isComplete && outcome.epochs.count == 2 && outcome.epochs[1].validationAccuracy != nil)
    let after = try model.accuracy(on: data)
    #expect(model.classifier.parameters.tensors != before)
    let path = FileManager.default.temporaryDirectory.path + "/advlab-model-\(UInt64.random(in: .min ... .max)).h5"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try model.write(to: path, probe: data)
    #expect(try Model(contentsOf: path).accuracy(on: data) == after)
  }

  /// With images to measure it on, the epoch with the largest robust accuracy is chosen, as the preset asks for.
  @Test func robustAccuracyChoosesTheEpoch() throws {
    let preset = try Preset.named("fast", for: data.imageShape)
    let model = try Model(architecture: "mlp:hidden=18", for: data)
    let chosen = try model.train(
      on: data, with: preset, epochs: 3, validation: data, attack: ValidationAttack(steps: 2, count: 30))
    let accuracies = chosen.epochs.compactMap(\.robustAccuracy)
    #expect(accuracies.count == 3)
    #expect(chosen.bestEpoch == accuracies.firstIndex(of: accuracies.max() ?? 0).map { $0 + 1 })
    let last = try Model(architecture: "mlp:hidden=18", for: data).train(on: data, with: preset, epochs: 1)
    #expect(last.bestEpoch == nil && last.epochs[0].robustAccuracy == nil)
    #expect(throws: TrainingError.self) {
      try model.train(on: data, with: Preset.named("ensemble", for: data.imageShape), epochs: 1)
    }
    let ensemble = try model.train(
      on: data, with: Preset.named("ensemble", for: data.imageShape), epochs: 1, sources: [self.model])
    #expect(ensemble.isComplete)
  }

  @Test func dataThatTheModelDoesNotTakeAreRefused() throws {
    let images = Tensor<Float>(shape: [2, 1, 5, 5])
    let place = Dataset.Origin.Place(file: "memory")
    let small = try Dataset(
      name: "small", split: "test", images: images, labels: [0, 1], classCount: 2,
      origin: Dataset.Origin(images: place, labels: place))
    #expect(throws: ModelError.self) { try model.attack(FastGradient(), on: small, eps: 0.1) }
  }

  /// The README shows the program that is built and run.
  @Test func theREADMEShowsTheExample() throws {
    let root = Self.directory + "../"
    let text = try String(contentsOfFile: root + "README.md", encoding: .utf8)
    let example = try String(contentsOfFile: root + "Tests/Example/Sources/RobustDigits/main.swift", encoding: .utf8)
    #expect(text.contains("```swift\n\(example)```"))
  }
}
