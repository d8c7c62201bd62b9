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
    try execution.report?.check()
    try output.check(.gradients, reading: model, data, writing)
    let (model, examples) = try model.load(reading, opening: data)
    try check(model)
    let run = GradientRun(model: model, examples: examples, loss: loss, workers: execution.workers)
    try output.check(room: run.byteCount)
    let stream = try ResultStream<Gradients>(output.path, expecting: examples.count)
    let pass = try run(execution.progress("gradient", total: examples.count, unit: "examples"), onPart: stream.append)
    var whole = Gradients(provenance: pass.provenance(commandArguments, execution.seed))
    whole.loss = loss.description
    try stream.finish(whole)
    try execution.show(PassReport(pass, command: "gradient", of: data, output: output))
  }

  private func check(_ model: LoadedModel) throws {
    let count = model.classifier.classCount
    guard count >= loss.minimumClasses else {
      throw ValidationError("--loss: \(loss) needs \(loss.minimumClasses) classes or more, the model has \(count).")
    }
  }
}
