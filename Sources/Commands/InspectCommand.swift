internal import Arguments
internal import Exchange
internal import HDF5
internal import Networks
internal import Reports

/// `advlab inspect`: what a file holds.
struct InspectCommand: Command {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show what a file holds: a model, a dataset, results, any HDF5.",
    discussion: """
      A model is shown node by node: output shape, parameters, multiply-accumulates, receptive field.

      EXAMPLES:
        advlab inspect Data/digits-cnn.h5
        advlab inspect Data/digits.h5
        advlab inspect --architectures
        advlab inspect --architecture mnist-madry --input-shape 1x28x28
      """)

  init() {}

  @Argument(help: "The file.", completion: .file) var file: String?
  @Flag(help: "List the built-in architectures.") var architectures: Bool
  @Option(help: "Show a built-in architecture.", completion: .list(Architectures.all.map(\.name)))
  var architecture: String?
  @Option(help: "The images an architecture is made for.", valueName: "CxHxW")
  var inputShape: ImageShape = ImageShape(extents: [1, 28, 28])
  @Option(help: "The classes an architecture is made for.") var classes = 10
  @Flag(help: "Print one JSON object, and nothing else, on standard output.") var json: Bool

  func validate() throws {
    let chosen = [file != nil, architectures, architecture != nil].count { $0 }
    guard chosen == 1 else { throw ValidationError("Give one of: a file, --architectures, --architecture <name>.") }
    guard (1...1_000_000).contains(classes) else { throw ValidationError("--classes: expected at least 1, found \(classes).") }
  }

  func run() throws {
    if architectures { return try listArchitectures() }
    if let architecture {
      let network = try Architectures.network(
        architecture, inputShape: Shape(inputShape.extents), classCount: classes)
      return try show(NetworkSummary(architecture, network))
    }
    guard let file else { return }
    let contents = try File(reading: file)
    switch try contents.root.attributes.string("advlab_format").flatMap(FileFormat.init(rawValue:)) {
    case .model:
      let model = try ModelFile.read(from: file)
      try show(NetworkSummary(file, model.network, model: model))
    case .dataset, .adversarial, .predictions, .gradients, nil:
      let tree = try FileSummary(contents)
      json ? try StandardOutput.print(json: tree) : StandardOutput.print(tree.text)
    }
  }

  private func show(_ summary: NetworkSummary) throws {
    json ? try StandardOutput.print(json: summary) : StandardOutput.print(summary.text)
  }

  private struct Listing: Encodable {
    struct Entry: Encodable {
      let name: String
      let summary: String
      let reference: String?
      let options: [String: String]
    }
    let command = "inspect"
    let architectures: [Entry]
  }

  private func listArchitectures() throws {
    let all = Architectures.all
    guard !json else {
      return try StandardOutput.print(
        json: Listing(
          architectures: all.map { architecture in
            Listing.Entry(
              name: architecture.name, summary: architecture.summary, reference: architecture.reference,
              options: Dictionary(uniqueKeysWithValues: architecture.options.map { ($0.name, $0.defaultValue) }))
          }))
    }
    var table = Table([.left("architecture"), .left("what it is"), .left("options"), .left("reference")])
    for architecture in all {
      let options = architecture.options.map { "\($0.name)=\($0.defaultValue)" }.joined(separator: ", ")
      table.append([architecture.name, architecture.summary, options.isEmpty ? "–" : options, architecture.reference ?? "–"])
    }
    StandardOutput.print("\(table)\n\nOptions follow a colon: mlp:hidden=18.")
  }
}
