import Exchange

/// An ONNX file put together by hand, with what exporters never write.
struct ONNXBytes {
  /// An attribute of a node.
  enum Attribute {
    case integer(Int)
    case integers([Int])
    case float(Float)
    case text(String)
    /// A whole number of 0, left out as some writers do: only its type is there.
    case omittedZero
    /// A graph within the graph.
    case graph
  }

  private var nodes: [ProtobufWriter] = []
  private var constants: [ProtobufWriter] = []
  private var inputs: [ProtobufWriter] = []
  private var outputs: [ProtobufWriter] = []

  /// A graph with one input of real numbers, whose extents are `nil` where they are open.
  init(input: [Int?], output: String = "out") {
    inputs.append(Self.info("x", input))
    outputs.append(Self.info(output, [nil, nil]))
  }

  private static func info(_ name: String, _ extents: [Int?]) -> ProtobufWriter {
    var (info, type, tensor, shape) = (ProtobufWriter(), ProtobufWriter(), ProtobufWriter(), ProtobufWriter())
    for extent in extents {
      var dimension = ProtobufWriter()
      if let extent { dimension.append(1, extent) } else { dimension.append(2, "batch") }
      shape.append(1, dimension)
    }
    tensor.append(1, 1)
    tensor.append(2, shape)
    type.append(1, tensor)
    info.append(1, name)
    info.append(2, type)
    return info
  }

  mutating func add(
    _ type: String, _ inputs: [String], _ outputs: [String] = ["out"], _ attributes: [String: Attribute] = [:],
    domain: String = ""
  ) {
    var node = ProtobufWriter()
    for input in inputs { node.append(1, input) }
    for output in outputs { node.append(2, output) }
    node.append(4, type)
    for (name, attribute) in attributes.sorted(by: { $0.key < $1.key }) {
      node.append(5, Self.message(name, attribute))
    }
    if !domain.isEmpty { node.append(7, domain) }
    nodes.append(node)
  }

  private static func message(_ name: String, _ attribute: Attribute) -> ProtobufWriter {
    var message = ProtobufWriter()
    message.append(1, name)
    switch attribute {
    case .integer(let value):
      message.append(3, value)
      message.append(20, 2)
    case .integers(let values):
      for value in values { message.append(8, value) }
      message.append(20, 7)
    case .float(let value):
      message.append(2, value)
      message.append(20, 1)
    case .text(let text):
      message.append(4, text)
      message.append(20, 3)
    case .omittedZero: message.append(20, 2)
    case .graph:
      message.append(6, ProtobufWriter())
      message.append(20, 5)
    }
    return message
  }

  mutating func constant(_ name: String, _ extents: [Int], _ values: [Float]) {
    var tensor = ProtobufWriter()
    for extent in extents { tensor.append(1, extent) }
    tensor.append(2, 1)
    tensor.append(8, name)
    tensor.append(9, littleEndian: values)
    constants.append(tensor)
  }

  mutating func constant(_ name: String, _ extents: [Int], _ values: [Int]) {
    var tensor = ProtobufWriter()
    for extent in extents { tensor.append(1, extent) }
    tensor.append(2, 7)
    tensor.append(8, name)
    tensor.append(9, littleEndian: values.map { Int64($0) })
    constants.append(tensor)
  }

  /// The file.
  func bytes(opset: Int) -> [UInt8] {
    var (graph, operators, model) = (ProtobufWriter(), ProtobufWriter(), ProtobufWriter())
    for node in nodes { graph.append(1, node) }
    for constant in constants { graph.append(5, constant) }
    for input in inputs { graph.append(11, input) }
    for output in outputs { graph.append(12, output) }
    operators.append(2, opset)
    model.append(1, 8)
    model.append(7, graph)
    model.append(8, operators)
    return model.bytes
  }
}
