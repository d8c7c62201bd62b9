internal import Arguments
internal import Exchange
internal import HDF5
internal import Networks

/// `advlab inspect`: what a file holds.
struct InspectCommand: Command {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show what a file holds: a model, a dataset, results, any HDF5.",
    discussion: """
      A model, of the lab or of Keras, is shown node by node: output shape, parameters, multiply-accumulates, receptive \
      field. For weights alone a plain chain of layers is proposed where they follow one another.

      EXAMPLES:
        advlab inspect Data/digits-cnn.h5
        advlab inspect Data/digits.h5
        advlab inspect --architectures
        advlab inspect --architecture mnist-madry --input-shape 1x28x28
      """)

  init() {}

  @Argument(help: "The file.", completion: .file) var file: String?
  @Flag(help: "List the built-in architectures.") var architectures: Bool
  var builtIn = ArchitectureOptions()
  @Flag(help: "Print one JSON object, and nothing else, on standard output.") var json: Bool

  func validate() throws {
    let chosen = [file != nil, architectures, builtIn.architecture != nil].count { $0 }
    guard chosen == 1 else { throw ValidationError("Give one of: a file, --architectures, --architecture <name>.") }
  }

  func run() throws {
    if architectures { return try ArchitectureList().print(json: json) }
    if let (name, network) = try builtIn.network(defaultShape: [1, 28, 28]) {
      return try NetworkSummary(name, network).print(json: json)
    }
    guard let file else { return }
    try inspect(file)
  }

  private func inspect(_ path: String) throws {
    if FileFormat(ofFile: path) == .model { return try show(ModelRequest(path: path).read(), path) }
    try ForeignFile.refuse(path, as: .model)
    guard let format = try KerasFormat.recognises(path) else {
      let (chain, reason) = try ProposedChain.propose(for: path)
      // Only weights that follow one another are worth a proposal; other files are simply shown.
      let proposal = chain.map {
        "as a model perhaps, \(reason): " + "\($0)".split(separator: "\n").joined(separator: "; ")
      }
      return try FileSummary(File(reading: path), notes: proposal.map { [$0] } ?? []).print(json: json)
    }
    do {
      try show(ModelRequest(path: path).read(), path)
    } catch let error as ExchangeError where format != .archive && format != .directory && format != .shardedWeights {
      // Weights alone, or a layer that the lab does not have: the tree is still worth seeing.
      try FileSummary(File(reading: path), notes: [[error.object, error.message].compactMap(\.self).joined(separator: ": ")]).print(json: json)
    }
  }

  private func show(_ model: (model: ModelFile, notes: [String]), _ path: String) throws {
    try NetworkSummary(path, model.model.network, model: model.model, notes: model.notes).print(json: json)
  }
}
