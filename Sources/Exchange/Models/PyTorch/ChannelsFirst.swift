import Networks

/// The same function as a network that flattens in the order C, H, W, as `nn.Flatten` does, which a PyTorch user
/// expects of a model from Keras, where the order is H, W, C. Weights that read a flattened image, or scale it entry by
/// entry, are rearranged but not changed.
struct ChannelsFirst {
  private(set) var network: Network
  private(set) var parameters: Parameters
  /// For each node, where its output's entries are in the output of the original node; nil where the order is the same.
  private var orders: [[Int]?] = [nil]

  /// Nil where a flattened image is read by a node whose entries cannot be rearranged.
  init?(_ network: Network, _ parameters: Parameters) throws(NetworkError) {
    self.network = try Network(inputShape: network.inputShape)
    self.network.outputTransforms = network.outputTransforms
    self.parameters = parameters
    for index in network.nodes.indices.dropFirst() {
      let node = network.nodes[index]
      guard let (operation, order) = rearranged(node, of: network) else { return nil }
      try self.network.append(operation, named: node.name, to: node.inputs)
      orders.append(order)
    }
    guard orders.last == .some(nil) else { return nil }
  }

  private mutating func rearranged(_ node: Network.Node, of network: Network) -> (Operation, [Int]?)? {
    let inputs = node.inputs.map { orders[$0] }
    if case .flatten(.channelsLast) = node.operation {
      guard inputs[0] == nil else { return nil }
      return (.flatten(.channelsFirst), Self.positions(of: network.nodes[node.inputs[0]].shape))
    }
    guard let order = inputs.compactMap(\.self).first else { return (node.operation, nil) }
    switch node.operation {
    case .activation, .dropout: return (node.operation, order)
    case .add, .multiply: return inputs.allSatisfy { $0 == order } ? (node.operation, order) : nil
    case .dense:
      rearrangeColumns(of: node.name, by: order)
      return (node.operation, nil)
    case .parametricReLU(let payload):
      if !payload.isShared { rearrange(node.name, [.slope], by: order) }
      return (node.operation, order)
    case .batchNormalization, .layerNormalization:
      rearrange(node.name, [.scale, .shift, .mean, .variance], by: order)
      return (node.operation, order)
    case .affine, .concatenate, .convolution, .cropping, .flatten, .globalPooling, .groupNormalization, .input,
      .permute,
      .pooling, .reshape, .softmax, .logSoftmax, .transposedConvolution, .upsampling, .zeroPadding:
      return nil
    }
  }

  /// For every entry in the order C, H, W its index in the order H, W, C; nil where both orders are the same.
  private static func positions(of shape: Shape) -> [Int]? {
    guard shape.rank == 3, shape[0] > 1, shape[1] * shape[2] > 1 else { return nil }
    let area = shape[1] * shape[2]
    return (0..<shape.count).map { $0 % area * shape[0] + $0 / area }
  }

  private mutating func rearrange(_ node: String, _ roles: [ParameterRole], by order: [Int]) {
    for role in roles {
      guard let tensor = parameters[node, role] else { continue }
      let scalars = tensor.scalars
      parameters[node, role] = Tensor(shape: tensor.shape, scalars: order.map { scalars[$0] })
    }
  }

  private mutating func rearrangeColumns(of node: String, by order: [Int]) {
    guard let tensor = parameters[node, .weight] else { return }
    let scalars = tensor.scalars
    let rows = 0..<tensor.shape[0]
    parameters[node, .weight] = Tensor(
      shape: tensor.shape, scalars: rows.flatMap { row in order.map { scalars[row * order.count + $0] } })
  }
}
