internal import Exchange
internal import Networks

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
}
