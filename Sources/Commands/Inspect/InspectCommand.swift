internal import Arguments
internal import Exchange
internal import Isolation
internal import Networks
internal import Reports

/// `advlab inspect`: what a file holds.
struct InspectCommand: Command {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show what a file holds: a model, a dataset, results, any HDF5.",
    discussion: """
      A model, of the lab or of Keras, is shown node by node: output shape, parameters, multiply-accumulates, receptive \
      field. For weights alone a plain chain of layers is proposed where they follow one another; --write-architecture \
      saves it as the lab's own JSON, with a ? wherever weights do not say enough. --matrix shows what a linear node \
      multiplies by.

      EXAMPLES:
        advlab inspect Data/digits-cnn.h5
        advlab inspect Data/digits.h5
        advlab inspect mnist/
        advlab inspect weights.h5 --write-architecture net.json
        advlab inspect --architectures
        advlab inspect --architecture mnist-madry --input-shape 1x28x28
        advlab inspect --architecture net.json
        advlab inspect small.json --matrix conv --picture matrix.png
        advlab help inspect resnet18
      """, topics: Architectures.topics)

  init() {}

  @Argument(help: "The file, or a directory with a dataset.", completion: .file) var file: String?
  @Flag(help: "List the built-in architectures.") var architectures: Bool
  @Option(
    help: "For weights alone: write the architecture they may have to this file, as JSON.", valueName: "file",
    completion: .file)
  var writeArchitecture: OutputFile?
  @Option(
    help: "Show a linear node of a small model, such as a convolution, as a matrix: outputs by inputs.",
    valueName: "node")
  var matrix: String?
  @Option(help: "Also write the matrix as PNG to this file.", valueName: "file", completion: .file)
  var picture: OutputFile?
  var builtIn = ArchitectureOptions()
  var reading = ReadingOptions()
  var writing = WritingOptions()
  @Flag(help: "Print one JSON object, and nothing else, on standard output.") var json: Bool

  func validate() throws {
    let chosen = [file != nil, architectures, builtIn.architecture != nil].count { $0 }
    guard chosen == 1 else { throw ValidationError("Give one of: a file, --architectures, --architecture <name>.") }
    guard writeArchitecture == nil || file != nil else {
      throw ValidationError("--write-architecture needs a file of weights.")
    }
    guard matrix == nil || (file != nil && writeArchitecture == nil) else {
      throw ValidationError("--matrix needs a model's file.")
    }
    guard picture == nil || matrix != nil else { throw ValidationError("--picture is an option of --matrix.") }
  }

  func run() throws {
    if architectures { return try MethodList.architectures.print(json: json) }
    if let (name, network) = try builtIn.network(defaultShape: [1, 28, 28], reading.reader()) {
      return try NetworkSummary(name, network).print(json: json)
    }
    guard let file else { return }
    let reader = reading.reader()
    if let writeArchitecture { return try write(reader.read(ProposalRequest(path: file)), to: writeArchitecture) }
    if let matrix { return try show(matrix, of: file, reader) }
    let width = Terminal.standardOutput.tableWidth
    try StandardOutput.print(reader.read(SummaryRequest(path: file, json: json, width: width)))
  }

  private func show(_ node: String, of file: String, _ reader: Reader) throws {
    try picture?.check(pictureOf: file, force: writing.force)
    let (model, _) = try reader.model(ModelRequest(path: file))
    let matrix = try NodeMatrix(file, model, node: node, picture: picture?.path)
    if let picture { try matrix.write(to: picture.path) }
    try matrix.print(json: json)
  }

  private func write(_ architecture: String, to output: OutputFile) throws {
    try output.write(text: architecture, force: writing.force)
    try WrittenArchitecture(written: output.path).print(json: json)
  }
}
