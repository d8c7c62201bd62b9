import Networks

/// Normalisations, and means over axes.
extension ONNXBuilder {
  mutating func batchNormalization(_ node: ONNXNode) throws -> ONNXValue {
    let tensor = try tensor(node)
    let isTraining = node.integer("training_mode", 0) != 0 || node.outputs.dropFirst().contains { !$0.isEmpty }
    guard !isTraining else {
      throw ONNXFolding.Failure(
        expected: "a network exported for inference", found: "batch normalisation in training mode")
    }
    guard node.integer("spatial", 1) == 1 else {
      throw ONNXFolding.Failure(expected: "statistics of each channel", found: "spatial = 0")
    }
    guard tensor.axes.first == 0 else {
      throw ONNXFolding.Failure(expected: "the channels along axis 1", found: "another order of axes")
    }
    let roles: [ParameterRole] = [.scale, .shift, .mean, .variance]
    var tensors: [ParameterRole: Tensor<Float>] = [:]
    for (index, role) in roles.enumerated() {
      tensors[role] = try parameter(node, index + 1, [draft.shape(tensor.node)[0]])
    }
    let payload = BatchNormalization(
      epsilon: node.float("epsilon", 1e-5), momentum: 1 - node.float("momentum", 0.9))
    return .tensor(
      ONNXReference(
        try draft.append(.batchNormalization(payload), to: [tensor.node], named: name(node, weight: 1), tensors),
        axes: tensor.axes))
  }

  /// A constant of a node with as many numbers as a shape has.
  private func parameter(_ node: ONNXNode, _ index: Int, _ shape: Shape) throws -> Tensor<Float> {
    let constant = try constant(node, index)
    guard constant.count == shape.count else {
      throw ONNXFolding.Failure(expected: "\(shape.count) numbers as input \(index + 1)", found: "\(constant.count)")
    }
    return Tensor(shape: shape, scalars: constant.floats)
  }

  mutating func instanceNormalization(_ node: ONNXNode) throws -> ONNXValue {
    let tensor = try tensor(node)
    let plain = try plain(tensor, name(node))
    let channels = draft.shape(plain)[0]
    let (scale, shift) = (try parameter(node, 1, [channels]), try parameter(node, 2, [channels]))
    let isPlain = scale.scalars.allSatisfy { $0 == 1 } && shift.scalars.allSatisfy { $0 == 0 }
    return try group(node, plain, groups: channels, isPlain ? nil : (scale, shift))
  }

  mutating func groupNormalization(_ node: ONNXNode) throws -> ONNXValue {
    let plain = try plain(try tensor(node), name(node))
    let channels = draft.shape(plain)[0]
    let groups = node.integer("num_groups", 1)
    guard (1...channels).contains(groups), channels.isMultiple(of: groups) else {
      throw ONNXFolding.Failure(expected: "groups that divide \(channels) channels", found: "\(groups)")
    }
    // Before version 21 one number for each group.
    let isOfGroups = opset(node) < 21
    func values(_ index: Int) throws -> Tensor<Float> {
      let own = try parameter(node, index, [isOfGroups ? groups : channels])
      guard isOfGroups else { return own }
      let scalars = own.scalars.flatMap { [Float](repeating: $0, count: channels / groups) }
      return Tensor(shape: [channels], scalars: scalars)
    }
    return try group(node, plain, groups: groups, (try values(1), try values(2)))
  }

  private mutating func group(
    _ node: ONNXNode, _ input: Int, groups: Int, _ parameters: (scale: Tensor<Float>, shift: Tensor<Float>)?
  ) throws -> ONNXValue {
    let payload = GroupNormalization(
      groups: groups, epsilon: node.float("epsilon", 1e-5), hasScale: parameters != nil, hasShift: parameters != nil)
    var tensors: [ParameterRole: Tensor<Float>] = [:]
    if let parameters { tensors = [.scale: parameters.scale, .shift: parameters.shift] }
    let output = try draft.append(
      .groupNormalization(payload), to: [input], named: name(node, weight: 1), tensors)
    return .tensor(ONNXReference(output, rank: draft.shape(input).rank))
  }

  mutating func layerNormalization(_ node: ONNXNode) throws -> ONNXValue {
    let tensor = try tensor(node)
    let first = try ONNXFolding.axis(node.integer("axis", -1), rank: tensor.axes.count + 1)
    guard first > 0 else { throw joinsImages("normalisation over axis 0") }
    // The parameters have the extents of these axes, in the graph's order.
    let plain = try plain(tensor, name(node))
    let rank = draft.shape(plain).rank
    let axes = Array(first - 1..<rank)
    let shape = Shape(axes.map { draft.shape(plain)[$0] })
    var tensors = [ParameterRole.scale: try parameter(node, 1, shape)]
    if node.input(2) != nil { tensors[.shift] = try parameter(node, 2, shape) }
    let payload = LayerNormalization(
      axes: axes, epsilon: node.float("epsilon", 1e-5), hasShift: tensors[.shift] != nil)
    return .tensor(
      ONNXReference(
        try draft.append(.layerNormalization(payload), to: [plain], named: name(node, weight: 1), tensors), rank: rank))
  }

  // MARK: - Means and maxima over axes

  mutating func reduce(_ node: ONNXNode, _ kind: GlobalPooling.Kind) throws -> ONNXValue {
    let named = try ONNXFolding.integers(node, "axes", constants(node), 1)
    guard let named, !named.isEmpty else { throw joinsImages("a reduction over all axes") }
    let keepsAxes = node.integer("keepdims", 1) != 0
    switch try value(node, 0) {
    case .constant: throw unknown(node)
    case .partial(let partial):
      guard case .average = kind, case .squared(let tensor, let axes) = partial.kind,
        try networkAxes(named, of: tensor).sorted() == axes
      else { throw unfinished(partial) }
      return .partial(ONNXPartial(kind: .variance(tensor, axes, epsilon: 0), origin: "a variance"))
    case .tensor(let tensor):
      let axes = try networkAxes(named, of: tensor).sorted()
      guard axes == Set(axes).sorted() else {
        throw ONNXFolding.Failure(expected: "axes that differ", found: "\(named)")
      }
      let result = try reduced(tensor, axes, kind, keepsAxes, name(node))
      if kind == .average { means[result.node] = (tensor, axes) }
      return .tensor(result)
    }
  }

  mutating func reduceSum(_ node: ONNXNode) throws -> ONNXValue {
    let tensor = try tensor(node)
    guard let named = try ONNXFolding.integers(node, "axes", constants(node), 1) else {
      throw joinsImages("a reduction over all axes")
    }
    guard !named.isEmpty else {
      guard node.integer("noop_with_empty_axes", 0) != 0 else { throw joinsImages("a reduction over all axes") }
      return .tensor(tensor)
    }
    let axes = try networkAxes(named, of: tensor)
    let count = axes.map { draft.shape(tensor.node)[$0] }.reduce(1, *)
    guard case .tensor(let mean) = try reduce(node, .average) else { throw unknown(node) }
    return .tensor(try affine(mean, scale: Double(count), shift: 0, node))
  }

  /// The mean or maximum over axes of the network, as a pooling over an image of them.
  private mutating func reduced(
    _ tensor: ONNXReference, _ axes: [Int], _ kind: GlobalPooling.Kind, _ keepsAxes: Bool, _ name: String
  ) throws -> ONNXReference {
    let shape = draft.shape(tensor.node)
    if shape.rank == 3, axes == [1, 2] {
      let pooled = try draft.append(
        .globalPooling(GlobalPooling(kind, keepsAxes: keepsAxes)), to: [tensor.node], named: name)
      return keepsAxes ? ONNXReference(pooled, axes: tensor.axes) : ONNXReference(pooled, rank: 1)
    }
    let kept = tensor.axes.filter { !axes.contains($0) }
    let (rows, columns) = (kept.map { shape[$0] }.reduce(1, *), axes.map { shape[$0] }.reduce(1, *))
    let ordered = try permuted(tensor.node, kept + axes, name)
    let image = try reshaped(ordered, [rows, columns, 1], name)
    let pooled = try draft.append(.globalPooling(GlobalPooling(kind)), to: [image], named: name)
    let target = tensor.axes.filter { keepsAxes || !axes.contains($0) }.map { axes.contains($0) ? 1 : shape[$0] }
    guard !target.isEmpty else { throw ONNXFolding.Failure(expected: "an axis beside the images", found: "none") }
    return ONNXReference(try reshaped(pooled, Shape(target), name), rank: target.count)
  }
}
