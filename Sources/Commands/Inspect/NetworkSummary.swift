internal import Exchange
internal import Networks
internal import Reports

/// A network node by node, for `inspect`.
struct NetworkSummary: Encodable {
  struct Node: Encodable {
    let name: String
    let operation: String
    let inputs: [String]
    let shape: [Int]
    let parameters: Int
    let multiplyAccumulates: Int
    let receptiveField: [Int]?
  }

  let command = "inspect"
  let kind = "model"
  let name: String
  let nodes: [Node]
  let parameters: Int
  let state: Int
  let multiplyAccumulates: Int
  let sha256: String?
  let seed: UInt64?
  let writtenBy: [String]?
  let notes: [String]

  init(_ name: String, _ network: Network, model: ModelFile? = nil, notes: [Note] = []) {
    self.name = name
    self.notes = notes.map(\.description)
    let fields = network.receptiveFields
    nodes = network.nodes.enumerated().map { index, node in
      Node(
        name: node.name, operation: node.operation.kindName, inputs: node.inputs.map { network.nodes[$0].name },
        shape: node.shape.extents, parameters: network.parameterCount(of: index),
        multiplyAccumulates: network.multiplyAccumulates(of: index),
        receptiveField: fields[index].map { [$0.height, $0.width] })
    }
    parameters = network.parameterCount
    state = network.stateCount
    multiplyAccumulates = network.multiplyAccumulates
    sha256 = model?.sha256
    seed = model?.provenance.seed
    writtenBy = model?.provenance.command
  }

  func text(json: Bool, width: Int? = Terminal.standardOutput.tableWidth) throws -> String {
    json ? try StandardOutput.text(json: self) : text(fitting: width)
  }

  private func text(fitting width: Int?) -> String {
    var table = Table([
      .left("node"), .left("operation"), .left("inputs", .least), .right("output"),
      .right("parameters", short: "weights", .major), .right("MACs", .minor),
      .right("receptive field", short: "field", .minor),
    ])
    for node in nodes {
      table.append([
        node.name, node.operation, node.inputs.joined(separator: ", "), "\(Shape(node.shape))",
        NumberFormat.count(node.parameters), NumberFormat.count(node.multiplyAccumulates),
        node.receptiveField.map { "\($0[0])×\($0[1])" } ?? "–",
      ])
    }
    return "\(heading.text(fitting: width))\n\n" + table.text(fitting: width)
  }

  private var heading: Heading {
    var heading = Heading()
    heading.add("model", name)
    let statistics = state > parameters ? " and \(NumberFormat.count(state - parameters)) statistics" : ""
    heading.add("parameters", NumberFormat.count(parameters) + statistics)
    heading.add("MACs", "\(NumberFormat.count(multiplyAccumulates)) per image")
    if let sha256 { heading.add("SHA-256", sha256) }
    if let writtenBy, !writtenBy.isEmpty { heading.add("command", "advlab " + writtenBy.joined(separator: " ")) }
    for note in notes { heading.add("note", note) }
    return heading
  }
}
