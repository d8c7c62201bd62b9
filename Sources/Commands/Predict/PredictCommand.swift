internal import Arguments
internal import Compute
internal import Exchange
internal import Networks

/// `advlab predict`: logits of every example.
struct PredictCommand: Command {
  static let configuration = CommandConfiguration(
    commandName: "predict",
    abstract: "Report the accuracy of a model, and write the logits of every example.",
    discussion: """
      EXAMPLES:
        advlab predict --model mnist.h5 --data mnist/
        advlab predict --output predictions.h5
        advlab predict --model mnist.h5 --data mnist/ --json --output p.h5
      """)

  init() {}

  var model = ModelOptions()
  var data = DataOptions()
  var execution = RunOptions()
  var reading = ReadingOptions()
  var writing = WritingOptions()
  @Option(help: "Where to write the logits: HDF5, or .npz.", valueName: "file", completion: .file)
  var output: OutputFile?

  func run() throws {
    try output?.check(.predictions, reading: model, data, writing)
    let path = try data.path()
    let (model, dataset) = try model.load(reading, with: data)
    try model.check(dataset, path: path)
    // Logits, labels and indices.
    try output?.check(room: dataset.count * (4 * model.classifier.classCount + 16))
    let start = ContinuousClock.now
    let logits = try execution.logits(of: dataset.images, model.classifier)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    if let output {
      let provenance = Provenance(
        command: commandArguments, seed: execution.seed, modelSHA256: model.file.sha256, dataSHA256: dataset.sha256)
      try Predictions(logits: logits, labels: dataset.labels, ids: dataset.ids, provenance: provenance)
        .write(to: output.path)
    }
    let report = PassReport(
      command: "predict", model: model, data: dataset, path: path, isGiven: data.data != nil,
      logits: logits,
      seconds: seconds, output: output)
    try report.print(json: execution.json)
  }
}
