import Networks

/// The axes of values: the order that the graph sees, and the order that operations of the network need.
extension ONNXBuilder {
  /// The node with the axes in the order that the graph sees.
  mutating func plain(_ tensor: ONNXReference, _ name: String) throws -> Int {
    try permuted(tensor.node, tensor.axes, name)
  }

  /// A node whose axis `i` is axis `axes[i]` of another.
  mutating func permuted(_ node: Int, _ axes: [Int], _ name: String) throws -> Int {
    let shape = draft.shape(node)
    guard axes != Array(0..<shape.rank) else { return node }
    let target = Shape(axes.map { shape[$0] })
    // Where only axes of extent 1 move, the scalars stay where they are.
    let longer = axes.filter { shape[$0] != 1 }
    guard longer != longer.sorted() else { return try reshaped(node, target, name) }
    return try draft.append(.permute(axes), to: [node], named: "\(name).permute")
  }

  /// The node with other extents, its scalars in their order.
  mutating func reshaped(_ node: Int, _ shape: Shape, _ name: String) throws -> Int {
    guard draft.shape(node) != shape else { return node }
    let last = draft.nodes[node]
    switch last.operation {
    case .flatten(.channelsFirst): return try reshaped(last.inputs[0], shape, name)
    case .reshape(let payload) where payload.order == .channelsFirst: return try reshaped(last.inputs[0], shape, name)
    case .groupNormalization(let payload)
    where payload.groups == last.shape[0] && !payload.hasScale && !payload.hasShift:
      // An image cut into groups, each normalised, and put together again.
      guard let image = draft.nodes[last.inputs[0]].inputs.first, draft.shape(image) == shape, shape.rank > 1,
        case .reshape = draft.nodes[last.inputs[0]].operation, shape[0].isMultiple(of: payload.groups)
      else { break }
      return try draft.append(.groupNormalization(payload), to: [image], named: last.name)
    default: break
    }
    guard shape.rank > 1 else {
      return try draft.append(.flatten(.channelsFirst), to: [node], named: "\(name).flatten")
    }
    return try draft.append(.reshape(Reshape(to: shape)), to: [node], named: "\(name).reshape")
  }

  /// The node as an image `[C, H, W]`, in the graph's order of axes.
  mutating func image(_ tensor: ONNXReference, _ node: ONNXNode) throws -> Int {
    guard tensor.axes.count == 3 else {
      throw ONNXFolding.Failure(
        expected: "images of channels, rows and columns", found: "the extents \(extents(tensor))")
    }
    return try plain(tensor, name(node))
  }

  /// The axes of the network that axes of the graph stand for.
  func networkAxes(_ axes: [Int], of tensor: ONNXReference) throws -> [Int] {
    try axes.map { axis in
      let counted = try ONNXFolding.axis(axis, rank: tensor.axes.count + 1)
      guard counted > 0 else { throw joinsImages("axis 0") }
      return tensor.axes[counted - 1]
    }
  }

  func joinsImages(_ found: String) -> ONNXFolding.Failure {
    ONNXFolding.Failure(expected: "operators on each image alone, with the images along axis 0", found: found)
  }

  /// The extents of one image of a target of the graph.
  func example(_ target: [Int]) throws -> Shape {
    guard target.count > 1, target[0] == batch else { throw joinsImages("the extents \(target)") }
    return Shape(Array(target.dropFirst()))
  }

  // MARK: - Operators

  mutating func reshape(_ node: ONNXNode) throws -> ONNXValue {
    let tensor = try tensor(node)
    let target =
      try node.integers("shape") ?? ONNXFolding.whole(try constant(node, 1), "extents")
    let extents = try ONNXFolding.reshaped(
      extents(tensor), to: target, allowsZero: node.integer("allowzero", 0) == 1)
    return .tensor(try reshaped(tensor, to: extents, node))
  }

  mutating func flatten(_ node: ONNXNode) throws -> ONNXValue {
    let tensor = try tensor(node)
    let axis = try ONNXFolding.axis(node.integer("axis", 1), rank: tensor.axes.count + 1)
    guard axis == 1 else { throw joinsImages("flattening from axis \(axis) on") }
    let extents = extents(tensor)
    return .tensor(try reshaped(tensor, to: [extents[0], extents.dropFirst().reduce(1, *)], node))
  }

  mutating func squeeze(_ node: ONNXNode) throws -> ONNXValue {
    let tensor = try tensor(node)
    let axes = try ONNXFolding.integers(node, "axes", constants(node), 1)
    // Without axes, one image alone would lose its axis too.
    guard let axes else { throw ONNXFolding.Failure(expected: "axes", found: "none") }
    return .tensor(try reshaped(tensor, to: try ONNXFolding.squeezed(extents(tensor), axes), node))
  }

  mutating func unsqueeze(_ node: ONNXNode) throws -> ONNXValue {
    let tensor = try tensor(node)
    let axes = try ONNXFolding.integers(node, "axes", constants(node), 1) ?? []
    return .tensor(try reshaped(tensor, to: try ONNXFolding.unsqueezed(extents(tensor), axes), node))
  }

  /// The scalars of each image under other extents.
  private mutating func reshaped(
    _ tensor: ONNXReference, to target: [Int], _ node: ONNXNode
  ) throws -> ONNXReference {
    let shape = try example(target)
    guard target != extents(tensor) else { return tensor }
    guard shape.rank == 1, tensor.axes == [1, 2, 0] else {
      let plain = try plain(tensor, name(node))
      return ONNXReference(try reshaped(plain, shape, name(node)), rank: shape.rank)
    }
    return ONNXReference(
      try draft.append(.flatten(.channelsLast), to: [tensor.node], named: name(node)), rank: 1)
  }

  mutating func transpose(_ node: ONNXNode) throws -> ONNXValue {
    let tensor = try tensor(node)
    let rank = tensor.axes.count + 1
    let order = node.integers("perm") ?? (0..<rank).reversed()
    guard order.sorted() == Array(0..<rank) else {
      throw ONNXFolding.Failure(expected: "each of \(rank) axes once", found: "\(order)")
    }
    guard order[0] == 0 else { throw joinsImages("the order of axes \(order)") }
    return .tensor(ONNXReference(tensor.node, axes: order.dropFirst().map { tensor.axes[$0 - 1] }))
  }

  mutating func concatenate(_ node: ONNXNode) throws -> ONNXValue {
    var parts = try node.inputs.indices.map { try tensor(node, $0) }
    guard let first = parts.first, parts.count > 1 else { return .tensor(try tensor(node)) }
    if !parts.allSatisfy({ $0.axes == first.axes }) {
      parts = try parts.map { ONNXReference(try plain($0, name(node)), rank: $0.axes.count) }
    }
    let axis = try networkAxes([node.integer("axis", 1)], of: parts[0])[0]
    let joined = try draft.append(.concatenate(axis: axis), to: parts.map(\.node), named: name(node))
    return .tensor(ONNXReference(joined, axes: parts[0].axes))
  }

  mutating func cast(_ node: ONNXNode) throws -> ONNXValue {
    let value = try value(node, 0)
    guard ONNXTensor.isFloatingPoint(node.integer("to", 0)) else {
      throw ONNXFolding.Failure(
        expected: "a cast to real numbers", found: "one to \(ONNXTensor.typeName(node.integer("to", 0)))")
    }
    return value
  }

  /// A cast to the type of a value that depends on the images: real numbers.
  mutating func castLike(_ node: ONNXNode) throws -> ONNXValue {
    guard case .constant(let constant) = try value(node, 0) else { return .tensor(try tensor(node)) }
    return .constant(ONNXConstant(extents: constant.extents, values: .floats(constant.floats)))
  }

  /// The output of dropout at inference, which is its input.
  mutating func dropout(_ node: ONNXNode) throws -> ONNXValue {
    if let mode = try optionalConstant(node, 2), mode.integers != [0] {
      throw ONNXFolding.Failure(expected: "a network exported for inference", found: "training_mode")
    }
    let ratio = try optionalConstant(node, 1)?.floats.first ?? node.float("ratio", 0.5)
    let tensor = try tensor(node)
    guard ratio > 0 else { return .tensor(tensor) }
    return .tensor(
      ONNXReference(
        try draft.append(.dropout(rate: ratio), to: [tensor.node], named: name(node)), axes: tensor.axes))
  }
}
