internal import Arguments
internal import Exchange
internal import Isolation
internal import Networks

/// `advlab verify`: an independent re-check of saved adversarial examples.
struct VerifyCommand: Command {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Check a file of adversarial examples: distances, pixels, predictions.",
    discussion: """
      Everything the file claims is computed again with the model, which is the one that the file's record names where \
      none is given. Exit code 2 where a claim does not hold.

      EXAMPLES:
        advlab verify adv.h5
        advlab verify adv.npz
        advlab verify adv.h5 --model mnist.h5 --data mnist/
      """)

  init() {}

  @Argument(help: "The file that attack wrote.", completion: .file) var file: String
  var model = ModelOptions()
  @Option(help: "Also check that the clean images are those of this dataset.", completion: .file) var data: String?
  @Option(help: "The dataset's split.") var split = "test"
  @Option(help: "Where the data that ships with advlab lies.", valueName: "path", completion: .directory)
  var dataDirectory: String?
  var execution = RunOptions()
  var reading = ReadingOptions()

  func run() throws {
    try execution.report?.check()
    let reader = reading.reader()
    let set = try reader.read(AdversarialSetRequest(path: file))
    let (model, isRecorded) = try model.load(for: set, in: file, dataDirectory: dataDirectory, reader)
    let dataset = try data.map { try model.input.reshaping(cleanImages(of: set, in: $0, reader)) }
    let start = ContinuousClock.now
    var verification = try Verification(
      set, file: file, model, isRecorded: isRecorded, workers: execution.workers)
    if let dataset { verification.compare(set, with: dataset) }
    let report = VerificationReport(
      verification, set, file: file, model: model, data: data,
      seconds: (ContinuousClock.now - start) / .seconds(1))
    try execution.show(report)
    if let first = report.findings.first {
      let number = report.findings.count
      throw RequirementFailure(
        description: "\(file): \(counted(number, "claim does", "claims do")) not hold; the first: \(first)")
    }
  }

  /// The dataset that the images are said to come from, in the units in which they were attacked.
  private func cleanImages(of set: AdversarialSet, in path: String, _ reader: Reader) throws -> Dataset {
    var selection = DatasetSelection(split: split)
    let bounds = set.threat.bounds
    // The range that the file states is used, except for bytes that were attacked as they are stored. Where the file cannot
    // be read in that range, its pixels are read in the range of the attack.
    if bounds != PixelBox(0...255), let dataset = try? reader.dataset(path, selection) { return dataset }
    selection.pixelRange = bounds
    return try reader.dataset(path, selection)
  }
}
