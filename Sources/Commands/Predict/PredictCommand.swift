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
    try execution.report?.check()
    try output?.check(.predictions, reading: model, data, writing)
    let (model, examples) = try model.load(reading, opening: data)
    let predict = PredictRun(model: model, examples: examples, workers: execution.workers)
    try output?.check(room: predict.byteCount)
    let stream = try output.map { try ResultStream<Predictions>($0.path, expecting: examples.count) }
    let progress = execution.progress("predict", total: examples.count, unit: "examples")
    let pass = try predict(progress) { try stream?.append($0) }
    try stream?.finish(Predictions(provenance: pass.provenance(commandArguments, execution.seed)))
    try execution.show(PassReport(pass, command: "predict", of: data, output: output))
  }
}
