import Networks

/// Turns a network into layers of Keras that work on H, W, C.
struct KerasPlanner {
  private(set) var plan: KerasPlan
  let network: Network
  let parameters: Parameters

  /// The layer that stands for each node.
  private var layers: [Int] = []

  /// Plans all of a network.
  ///
  /// - Throws: `KerasFailure` where Keras has no layer for an operation.
  init(_ network: Network, _ parameters: Parameters, generation: KerasGeneration) throws {
    try network.check(parameters)
    let (network, parameters) = try network.restoringOutputTransforms(parameters)
    self.network = network
    self.parameters = parameters
    plan = KerasPlan(generation: generation)
    for index in network.nodes.indices {
      let node = network.nodes[index]
      layers.append(
        try layer(for: ConnectedNode(node: node, inputs: node.inputs.map { network.nodes[$0] }, index: index)))
    }
  }

  /// A node with the nodes it takes its inputs from.
  struct ConnectedNode {
    let node: Network.Node
    let inputs: [Network.Node]
    let index: Int

    var input: Shape { inputs[0].shape }
    var name: String { node.name }

    func failure(_ message: String) -> KerasFailure {
      KerasFailure(message, at: "node '\(node.name)' (\(node.operation.kindName))")
    }
  }

  /// The layer for a node: the one long switch of the export.
  private mutating func layer(for connected: ConnectedNode) throws -> Int {
    switch connected.node.operation {
    case .input(let shape):
      let key = plan.generation == .keras2 ? "batch_input_shape" : "batch_shape"
      let kerasShape = Self.view(of: shape).kerasShape
      return plan.append(
        "InputLayer", "input", [key: KerasPlan.batchShape(kerasShape), "sparse": false], to: [], shape: kerasShape)
    case .convolution(let payload): return try convolution(payload, connected)
    case .transposedConvolution(let payload): return try transposedConvolution(payload, connected)
    case .dense(let payload): return dense(payload, connected)
    case .pooling(let payload): return try pooling(payload, connected)
    case .globalPooling(let payload): return globalPooling(payload, connected)
    case .activation(let activation): return try self.activation(activation, connected)
    case .parametricReLU(let payload): return parametricReLU(payload, connected)
    case .softmax: return append("Softmax", ["axis": JSONValue(Self.channelAxis(of: connected.input))], connected)
    case .logSoftmax: return try logSoftmax(connected)
    case .flatten(let order): return flatten(order, connected)
    case .reshape(let payload): return reshape(payload, connected)
    case .permute(let axes): return permute(axes, connected)
    case .zeroPadding(let edges): return append("ZeroPadding2D", ["padding": Self.sides(edges)], connected)
    case .cropping(let edges): return append("Cropping2D", ["cropping": Self.sides(edges)], connected)
    case .upsampling(let payload): return try upsampling(payload, connected)
    case .batchNormalization(let payload): return batchNormalization(payload, connected)
    case .layerNormalization(let payload): return layerNormalization(payload, connected)
    case .groupNormalization(let payload): return groupNormalization(payload, connected)
    case .affine: return try affine(connected)
    case .dropout(let rate): return append("Dropout", ["rate": JSONValue(decimal: rate)], connected)
    case .add: return append("Add", [:], connected)
    case .multiply: return append("Multiply", [:], connected)
    case .concatenate(let axis):
      return append("Concatenate", ["axis": JSONValue(Self.view(of: connected.input).kerasAxis(axis) + 1)], connected)
    }
  }

  // MARK: Building blocks

  /// The shape of an example in Keras.
  static func view(of shape: Shape) -> KerasTensor {
    KerasTensor(node: 0, shape: shape, layout: shape.rank == 3 ? .channelsLast : .asIs)
  }

  /// The axis of the channels in Keras, counting the batch: the last, except for shapes that are neither vector nor
  /// image.
  static func channelAxis(of shape: Shape) -> Int {
    view(of: shape).kerasAxis(0) + 1 == shape.rank ? -1 : view(of: shape).kerasAxis(0) + 1
  }

  static func sides(_ edges: Edges) -> JSONValue {
    [JSONValue([edges.top, edges.bottom]), JSONValue([edges.left, edges.right])]
  }

  /// Adds the layer that carries the node's name, on the node's inputs.
  mutating func append(
    _ className: String, _ config: [String: JSONValue], _ connected: ConnectedNode, variables: [KerasPlan.Variable] = []
  ) -> Int {
    append(className, config, connected, to: connected.node.inputs.map { layers[$0] }, variables: variables)
  }

  mutating func append(
    _ className: String, _ config: [String: JSONValue], _ connected: ConnectedNode, to inputs: [Int],
    variables: [KerasPlan.Variable] = []
  ) -> Int {
    plan.append(
      className, connected.name, config, to: inputs, shape: Self.view(of: connected.node.shape).kerasShape,
      variables: variables)
  }

  /// Adds a layer before or after the node's own layer.
  mutating func appendHelper(
    _ className: String, suffix: String, _ config: [String: JSONValue], _ connected: ConnectedNode, to inputs: [Int],
    shape: [Int],
    variables: [KerasPlan.Variable] = []
  ) -> Int {
    plan.append(className, connected.name + suffix, config, to: inputs, shape: shape, variables: variables)
  }

  /// The layer of the node's first input.
  func input(of connected: ConnectedNode) -> Int { layers[connected.node.inputs[0]] }

  /// A parameter as a variable of Keras; none where the network has no such parameter.
  func variable(
    _ name: String, _ role: ParameterRole, _ connected: ConnectedNode, _ arrangement: KerasArrangement? = nil
  ) -> [KerasPlan.Variable] {
    guard let tensor = parameters[connected.name, role] else { return [] }
    let arrangement = arrangement ?? KerasArrangement(tensor.shape.extents)
    return [
      KerasPlan.Variable(name: name, shape: arrangement.kerasShape, scalars: arrangement.variable(from: tensor))
    ]
  }
}

extension JSONValue {
  /// The shortest decimal that reads back as this number: 0.001 and not 0.0010000000474974513.
  init(decimal value: Float) {
    let decimal = Double(value.description) ?? Double(value)
    self = .number(Float(decimal) == value ? decimal : Double(value))
  }
}
