internal import Arguments
internal import Exchange
internal import Networks

/// `advlab predict`: logits of every example.
struct PredictCommand: Command {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Write the logits of every example, and report the accuracy.",
    discussion: """
      EXAMPLES:
        advlab predict --output predictions.h5
        advlab predict --model mnist.h5 --data mnist/ --json --output p.h5
      """)

  init() {}

  var model = ModelOptions()
  var data = DataOptions()
  var execution = RunOptions()
  var reading = ReadingOptions()
  @Option(help: "Where to write the logits (HDF5).", valueName: "file", completion: .file) var output: OutputFile

  func run() throws {
    try output.check()
    let path = try data.path()
    let dataset = try data.load(reading)
    let model = try model.load(reading, for: dataset.form, dataDirectory: data.dataDirectory)
    try model.check(dataset, path: path)
    let start = ContinuousClock.now
    let logits = try execution.logits(of: dataset.images, model.classifier)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let provenance = Provenance(
      command: commandArguments, seed: execution.seed, modelSHA256: model.file.sha256, dataSHA256: dataset.sha256)
    try Predictions(logits: logits, labels: dataset.labels, ids: dataset.ids, provenance: provenance)
      .write(to: output.path)
    let report = PassReport(
      command: "predict", model: model, data: dataset, path: path, isGiven: data.data != nil,
      cleanAccuracy: accuracy(logits, dataset.labels),
      seconds: seconds, output: output)
    try report.print(json: execution.json)
  }
}
