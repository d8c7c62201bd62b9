import Networks

/// A network being put together: nodes that turn out not to be needed are left out at the end.
struct ONNXDraft {
  /// A node with its weights.
  struct Node {
    /// What it would be called; others may be called the same.
    let name: String
    let operation: Operation
    let inputs: [Int]
    let shape: Shape
    let tensors: [ParameterRole: Tensor<Float>]
  }

  private(set) var nodes: [Node]

  init(inputShape: Shape) {
    nodes = [Node(name: "input", operation: .input(inputShape), inputs: [], shape: inputShape, tensors: [:])]
  }

  func shape(_ index: Int) -> Shape { nodes[index].shape }

  /// Appends a node; its shape is checked.
  mutating func append(
    _ operation: Operation, to inputs: [Int], named name: String, _ tensors: [ParameterRole: Tensor<Float>] = [:]
  ) throws(ShapeMismatch) -> Int {
    let shape = try operation.outputShape(of: inputs.map { nodes[$0].shape })
    nodes.append(Node(name: name, operation: operation, inputs: inputs, shape: shape, tensors: tensors))
    return nodes.count - 1
  }

  /// The network that ends in a node, with the nodes that it needs alone, each with a name of its own.
  func network(endingIn output: Int) throws(NetworkError) -> (Network, Parameters) {
    var isNeeded = [Bool](repeating: false, count: nodes.count)
    isNeeded[output] = true
    for index in nodes.indices.reversed() where isNeeded[index] {
      for input in nodes[index].inputs { isNeeded[input] = true }
    }
    var network = try Network(inputShape: nodes[0].shape)
    var parameters = Parameters()
    var places = [0: 0]
    var taken: Set = ["input"]
    for (index, node) in nodes.enumerated().dropFirst() where isNeeded[index] {
      let name = Self.free(node.name, taken)
      taken.insert(name)
      places[index] = try network.append(node.operation, named: name, to: node.inputs.map { places[$0] ?? 0 })
      for (role, tensor) in node.tensors { parameters[name, role] = tensor }
    }
    return (network, parameters)
  }

  /// The name, with a number where it is taken.
  private static func free(_ name: String, _ taken: Set<String>) -> String {
    guard taken.contains(name) else { return name }
    return (2...).lazy.map { "\(name)_\($0)" }.first { !taken.contains($0) } ?? name
  }
}
