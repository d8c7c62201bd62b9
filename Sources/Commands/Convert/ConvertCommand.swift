internal import Arguments
internal import Exchange
internal import Networks

/// `advlab convert`: models between the lab, Keras, PyTorch and ONNX.
struct ConvertCommand: Command {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Convert a model for another tool; weights keep every bit.",
    discussion: """
      native: a model of the lab. keras: a whole model in HDF5, for any Keras from 2 on. keras3: a .keras archive, or \
      weights alone where OUT ends in .weights.h5. pytorch: a state dictionary in HDF5, in a safetensors file or a \
      .pt for torch.load, as the name of OUT ends. onnx: the network with its weights. json: the same as text, for small \
      networks that are looked at or written by hand. Where the name of OUT ends as one of these alone does, --to may be \
      left out.

      EXAMPLES:
        advlab convert model.keras model.h5 --to native
        advlab convert Data/digits-cnn.h5 digits.onnx
        advlab convert weights.pth model.safetensors --architecture resnet18-cifar
        advlab convert weights.h5 model.h5 --to native --architecture a.json
      """)

  init() {}

  @Argument(help: "The model's file.", completion: .file) var input: String
  @Argument(help: "Where to write it.", completion: .file) var output: OutputFile
  @Option(help: "The form to write; by default what the name of OUT ends in.") var to: ConversionTarget?
  var weights = WeightOptions()
  var reading = ReadingOptions()
  var writing = WritingOptions()
  @Flag(help: "Print one JSON object, and nothing else, on standard output.") var json: Bool

  func run() throws {
    guard let to = to ?? ConversionTarget(nameOf: output) else {
      throw ValidationError(
        "\(output.path): files of several tools end like this; say which by --to native, keras or pytorch.")
    }
    let form = to.form(at: output)
    try output.check(nameFor: form)
    try output.check(.model(form), inputs: [input] + weights.inputs, force: writing.force)
    let (model, notes) = try reading.reader().model(weights.request(input))
    let written = try ConvertRun(model: model, form: form, output: output, command: commandArguments)()
    try ConvertReport(
      input: input, output: output.path, to: to.rawValue, sha256: model.sha256,
      parameters: model.network.parameterCount, notes: notes.map(\.description) + written
    ).print(json: json)
  }
}
