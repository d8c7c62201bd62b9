internal import Arguments
internal import Exchange

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
    try model.check(dataset)
    let predict = PredictRun(model: model, data: dataset, workers: execution.workers)
    try output?.check(room: predict.byteCount)
    let pass = try predict()
    if let output { try pass.writePredictions(to: output.path, pass.provenance(commandArguments, execution.seed)) }
    try PassReport(
      pass, command: "predict", dataPath: path, isDataGiven: data.data != nil, output: output?.path
    ).print(json: execution.json)
  }
}
