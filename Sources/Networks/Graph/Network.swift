/// A directed acyclic graph of named operations, from one image to its logits.
///
/// Topologically ordered and shape-checked by construction: a node names earlier nodes as its inputs, and `append`
/// refuses one that does not fit. Weights live apart, in `Parameters`.
public struct Network: Hashable, Sendable {
  /// One operation, its name, and where its inputs come from.
  public struct Node: Hashable, Sendable {
    /// Unique in the network; the first half of the keys of its parameters.
    public let name: String
    /// What it computes.
    public let operation: Operation
    /// Indices of earlier nodes.
    public let inputs: [Int]
    /// The shape of its output for one example.
    public let shape: Shape
  }

  /// The nodes; node 0 is the input, the last one the output.
  public private(set) var nodes: [Node]

  /// What the model that this network was read from computed from its logits, in order. It was taken off, because
  /// networks end in logits.
  public var outputTransforms: [OutputTransform] = []

  /// Creates a network that has an input and nothing else.
  public init(inputShape: Shape) throws(NetworkError) {
    guard inputShape.isUsable else {
      throw NetworkError(node: "input", expected: Shape.usableExtents, found: "\(inputShape)")
    }
    nodes = [Node(name: "input", operation: .input(inputShape), inputs: [], shape: inputShape)]
  }

  /// The shape of one image.
  public var inputShape: Shape { nodes[0].shape }

  /// The shape of the output of one image; `[K]` where the network is a classifier.
  public var outputShape: Shape { nodes[nodes.count - 1].shape }

  /// The index of the last node.
  public var outputIndex: Int { nodes.count - 1 }

  /// The number of classes; throws where the output is not a vector.
  public func classCount() throws(NetworkError) -> Int {
    guard outputShape.rank == 1 else {
      throw NetworkError(
        node: nodes[outputIndex].name, expected: "one logit per class", found: "an output of shape \(outputShape)")
    }
    return outputShape[0]
  }

  /// Appends a node after the last one, or after the nodes given.
  ///
  /// - Returns: the node's index.
  /// - Throws: `NetworkError` where the name is taken or empty, an input does not exist, or the shapes do not fit.
  @discardableResult
  public mutating func append(
    _ operation: Operation, named name: String, to inputs: [Int]? = nil
  ) throws(NetworkError) -> Int {
    let inputs = inputs ?? [nodes.count - 1]
    guard !name.isEmpty, !nodes.contains(where: { $0.name == name }) else {
      throw NetworkError(node: name, expected: "a name of its own", found: "one that is empty or taken")
    }
    for input in inputs where !nodes.indices.contains(input) {
      throw NetworkError(node: name, expected: "inputs among nodes 0 to \(nodes.count - 1)", found: "\(input)")
    }
    let shape: Shape
    do {
      shape = try operation.outputShape(of: inputs.map { nodes[$0].shape })
    } catch {
      throw NetworkError(node: name, expected: error.expected, found: error.found)
    }
    nodes.append(Node(name: name, operation: operation, inputs: inputs, shape: shape))
    return nodes.count - 1
  }

  /// Puts a normalisation of the images before everything else.
  ///
  /// - Returns: The name of its node.
  /// - Throws: `NetworkError` where it does not fit the network's images.
  @discardableResult
  public mutating func insertNormalization(_ normalization: PixelNormalization) throws(NetworkError) -> String {
    var name = "normalize"
    while index(of: name) != nil { name = "input." + name }
    var start = try Network(inputShape: inputShape)
    try start.append(.affine(normalization.affine), named: name)
    // Every node, and the input of every node, moves by one; what read the image reads the normalised one.
    let moved = nodes.dropFirst().map { node in
      Node(name: node.name, operation: node.operation, inputs: node.inputs.map { $0 + 1 }, shape: node.shape)
    }
    nodes = start.nodes + moved
    return name
  }

  /// The index of the node of that name.
  public func index(of name: String) -> Int? {
    nodes.firstIndex { $0.name == name }
  }

  /// The input shapes of a node.
  public func inputShapes(of index: Int) -> [Shape] {
    nodes[index].inputs.map { nodes[$0].shape }
  }
}

/// An invalid network: the node, what was expected there and what was found.
public struct NetworkError: Error, Hashable, CustomStringConvertible {
  /// The node's name.
  public let node: String
  /// What fits.
  public let expected: String
  /// What was given.
  public let found: String

  /// Creates an error.
  public init(node: String, expected: String, found: String) {
    self.node = node
    self.expected = expected
    self.found = found
  }

  /// One sentence.
  public var description: String {
    node.isEmpty ? "Expected \(expected), found \(found)." : "Node '\(node)': expected \(expected), found \(found)."
  }
}

extension Network: Codable {
  private struct StoredNode: Codable {
    let name: String
    let operation: Operation
    /// Nil where it reads the node before it.
    let inputs: [String]?

    enum CodingKeys: String, CodingKey, CaseIterable {
      case name, operation, inputs
    }

    init(name: String, operation: Operation, inputs: [String]) {
      self.name = name
      self.operation = operation
      self.inputs = inputs
    }

    init(from decoder: any Decoder) throws {
      let fields = try StrictContainer(decoder, keyedBy: CodingKeys.self)
      operation = try fields.required(.operation)
      if case .input = operation {
        name = try fields.optional(.name, "input")
      } else {
        name = try fields.required(.name)
      }
      inputs = try fields.optional(.inputs, nil)
    }
  }

  private enum Key: String, CodingKey, CaseIterable {
    case nodes, hadFinalSoftmax
    /// The output transforms.
    case ending
    /// Comments for human readers; they are ignored.
    case notes
  }

  /// Writes the nodes in order, inputs by name.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    let stored = nodes.map { node in
      StoredNode(name: node.name, operation: node.operation, inputs: node.inputs.map { nodes[$0].name })
    }
    try container.encode(stored, forKey: .nodes)
    try container.encode(hadFinalSoftmax, forKey: .hadFinalSoftmax)
    if !outputTransforms.isEmpty, !hadFinalSoftmax { try container.encode(outputTransforms, forKey: .ending) }
  }

  /// Reads the nodes and appends them one by one, so that a file cannot make a network `append` would refuse.
  public init(from decoder: any Decoder) throws {
    let fields = try StrictContainer(decoder, keyedBy: Key.self)
    let stored: [StoredNode] = try fields.required(.nodes)
    guard case .input(let shape)? = stored.first?.operation else {
      throw NetworkError(
        node: stored.first?.name ?? "", expected: "an input as first node",
        found: stored.first?.operation.kindName ?? "no node")
    }
    try self.init(inputShape: shape)
    // The description may give the image any name.
    var indices = ["input": 0]
    for first in stored.prefix(1) { indices[first.name] = 0 }
    for node in stored.dropFirst() {
      let inputs = try node.inputs?.map { name in
        guard let index = indices[name] else {
          throw NetworkError(node: node.name, expected: "inputs that come before it", found: "'\(name)'")
        }
        return index
      }
      indices[node.name] = try append(node.operation, named: node.name, to: inputs)
    }
    hadFinalSoftmax = try fields.optional(.hadFinalSoftmax, false)
    let transforms: [OutputTransform]? = try fields.optional(.ending, nil)
    if let transforms { outputTransforms = transforms }
  }
}
