internal import Arguments
internal import Compute
internal import Exchange
internal import Networks

/// `advlab gradient`: input gradients of a loss.
struct GradientCommand: Command {
  static let configuration = CommandConfiguration(
    commandName: "gradient",
    abstract: "Write the gradient of a loss at every image.",
    discussion: """
      The loss is summed over examples, so that an example's gradient does not depend on the others. Gradients are with \
      respect to stored pixels.

      EXAMPLES:
        advlab gradient --output gradients.h5
        advlab gradient --loss margin --count 100 --output gradients.h5
      """)

  init() {}

  var model = ModelOptions()
  var data = DataOptions()
  var execution = RunOptions()
  var reading = ReadingOptions()
  var writing = WritingOptions()
  @Option(help: "The loss.") var loss: Loss = .crossEntropy
  @Option(help: "Where to write the gradients: HDF5, or .npz.", valueName: "file", completion: .file)
  var output: OutputFile

  func run() throws {
    try output.check(.gradients, reading: model, data, writing)
    let path = try data.path()
    let (model, dataset) = try model.load(reading, with: data)
    try check(model, dataset)
    let run = GradientRun(model: model, data: dataset, loss: loss, workers: execution.workers)
    try output.check(room: run.byteCount)
    let pass = try run()
    try pass.writeGradients(of: loss, to: output.path, pass.provenance(commandArguments, execution.seed))
    try PassReport(
      pass, command: "gradient", dataPath: path, isDataGiven: data.data != nil, output: output.path
    ).print(json: execution.json)
  }

  private func check(_ model: LoadedModel, _ dataset: Dataset) throws {
    try model.check(dataset)
    let count = model.classifier.classCount
    guard count >= loss.minimumClasses else {
      throw ValidationError("--loss: \(loss) needs \(loss.minimumClasses) classes or more, the model has \(count).")
    }
  }
}
