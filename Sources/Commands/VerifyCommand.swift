internal import Arguments
internal import Attacks
internal import Compute
internal import Exchange
internal import Networks
internal import Reports

/// `advlab verify`: an independent re-check of saved adversarial examples.
struct VerifyCommand: Command {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check a file of adversarial examples: distances, pixel range, predictions, success.",
    discussion: """
      Everything the file claims is computed again with the model. Exit code 2 where a claim does not hold.

      EXAMPLES:
        advlab verify adv.h5
        advlab verify adv.h5 --model mnist.h5 --data mnist/
      """)

  init() {}

  @Argument(help: "The file that attack wrote.", completion: .file) var file: String
  var model = ModelOptions()
  @Option(help: "Also check that the clean images are those of this dataset.", completion: .file) var data: String?
  @Option(help: "The dataset's split.") var split = "test"
  @Option(help: "Where the data that ships with advlab lies.", completion: .directory) var dataDirectory: String?
  var execution = RunOptions()

  func run() throws {
    let start = ContinuousClock.now
    let set = try AdversarialSet.read(from: file)
    let location = DataOptions()
    location.dataDirectory = dataDirectory
    let model = try model.load(location)
    guard set.images.shape.example == model.classifier.inputShape else {
      throw MismatchedFile(
        description: "\(file): expected images of \(model.classifier.inputShape), as the model \(model.path) takes, "
          + "found \(set.images.shape.example)")
    }
    var findings = try Verification(set, model, workers: execution.workers).findings()
    if let data { findings += try differences(from: data, set) }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    try report(set, model, findings, seconds: seconds)
    if !findings.isEmpty {
      throw RequirementFailure(
        description: "\(file): \(NumberFormat.count(findings.count)) claims do not hold; the first: \(findings[0])")
    }
  }

  /// Clean images that are not those of the dataset.
  private func differences(from path: String, _ set: AdversarialSet) throws -> [String] {
    let dataset = try Dataset.read(from: path, DatasetSelection(split: split))
    let rows = Dictionary(uniqueKeysWithValues: dataset.ids.enumerated().map { ($1, $0) })
    return set.examples.enumerated().compactMap { row, example in
      guard let index = rows[example.id] else { return "example \(example.id): the dataset has none of that index" }
      guard dataset.labels[index] == example.label else {
        return "example \(example.id): label \(example.label), the dataset's is \(dataset.labels[index])"
      }
      return dataset.images.examples(index..<index + 1) == set.images.examples(row..<row + 1)
        ? nil : "example \(example.id): the clean image is not that of the dataset"
    }
  }

  private struct Report: Encodable {
    let command = "verify"
    let file: String
    let model: ModelSummary
    let count: Int
    let holds: Bool
    let findings: [String]
    let seconds: Double
  }

  private func report(_ set: AdversarialSet, _ model: LoadedModel, _ findings: [String], seconds: Double) throws {
    guard !execution.json else {
      return try StandardOutput.print(
        json: Report(
          file: file, model: ModelSummary(model), count: set.examples.count, holds: findings.isEmpty,
          findings: findings, seconds: seconds))
    }
    var heading = Heading()
    heading.add("file", "\(file): \(NumberFormat.count(set.examples.count)) examples")
    heading.add(model)
    heading.add("result", findings.isEmpty ? "every claim holds" : "\(findings.count) claims do not hold")
    for finding in findings.prefix(10) { heading.add("", finding) }
    if findings.count > 10 { heading.add("", "and \(findings.count - 10) more") }
    StandardOutput.print(heading.text)
  }
}
