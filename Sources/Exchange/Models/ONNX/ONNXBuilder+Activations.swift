import Networks

/// Element-wise functions, and softmax.
extension ONNXBuilder {
  mutating func activation(_ node: ONNXNode, _ activation: Activation) throws -> ONNXValue {
    .tensor(try applied(activation, to: try tensor(node), name(node)))
  }

  private mutating func applied(
    _ activation: Activation, to tensor: ONNXReference, _ name: String
  ) throws -> ONNXReference {
    ONNXReference(try draft.append(.activation(activation), to: [tensor.node], named: name), axes: tensor.axes)
  }

  /// `max(0, x) + min(0, α (exp(x / α) − 1))`, which for α = 1 is ELU.
  mutating func celu(_ node: ONNXNode) throws -> ONNXValue {
    let alpha = node.float("alpha", 1)
    guard alpha == 1 else { throw ONNXFolding.Failure(expected: "an alpha of 1", found: "\(alpha)") }
    return try activation(node, .elu(alpha: 1))
  }

  /// SELU has fixed constants; early writers rounded them.
  mutating func selu(_ node: ONNXNode) throws -> ONNXValue {
    let alpha = Double(node.float("alpha", Float(Activation.seluAlpha)))
    let gamma = Double(node.float("gamma", Float(Activation.seluScale)))
    guard abs(alpha - Activation.seluAlpha) < 1e-3, abs(gamma - Activation.seluScale) < 1e-3 else {
      throw ONNXFolding.Failure(
        expected: "the constants of SELU, \(Activation.seluAlpha) and \(Activation.seluScale)",
        found: "\(alpha) and \(gamma)")
    }
    return try activation(node, .selu)
  }

  mutating func swish(_ node: ONNXNode) throws -> ONNXValue {
    guard node.float("alpha", 1) == 1 else {
      throw ONNXFolding.Failure(expected: "an alpha of 1", found: "\(node.float("alpha", 1))")
    }
    return try activation(node, .silu)
  }

  mutating func hardSigmoid(_ node: ONNXNode) throws -> ONNXValue {
    guard node.float("beta", 0.5) == 0.5 else {
      throw ONNXFolding.Failure(expected: "a beta of 0.5", found: "\(node.float("beta", 0.5))")
    }
    return try activation(node, .hardSigmoid(slope: node.float("alpha", 0.2)))
  }

  mutating func clip(_ node: ONNXNode) throws -> ONNXValue {
    func bound(_ attribute: String, _ index: Int) throws -> Float? {
      // Inputs from version 11 on.
      guard let constant = try optionalConstant(node, index) else { return node.attributes[attribute]?.float }
      guard let value = constant.uniform else {
        throw ONNXFolding.Failure(expected: "one bound for all", found: "\(constant.count)")
      }
      return value
    }
    let (least, most) = (try bound("min", 1) ?? -.infinity, try bound("max", 2) ?? .infinity)
    return .tensor(try clamped(try tensor(node), least, most, node))
  }

  /// The maximum or minimum of images and one number.
  mutating func bound(_ node: ONNXNode, isUpper: Bool) throws -> ONNXValue {
    let constants = constants(node)
    guard node.inputs.count == 2, let index = constants.firstIndex(where: { $0 == nil }),
      let value = constants[1 - index]?.uniform
    else { throw ONNXFolding.Failure(expected: "images and one number", found: "other inputs") }
    let tensor = try tensor(node, index)
    return .tensor(
      try isUpper ? clamped(tensor, -.infinity, value, node) : clamped(tensor, value, .infinity, node))
  }

  /// `min(max(x, least), most)`, by ReLU or ReLU6 between a scale and shift where the bounds are others than theirs.
  private mutating func clamped(
    _ tensor: ONNXReference, _ least: Float, _ most: Float, _ node: ONNXNode
  ) throws -> ONNXReference {
    // Exporters write the largest number of the type for no bound.
    let (hasLeast, hasMost) = (least > -1e38, most < 1e38)
    guard !least.isNaN, !most.isNaN, least < most else {
      throw ONNXFolding.Failure(expected: "a lower bound below the upper one", found: "\(least) and \(most)")
    }
    switch (hasLeast, hasMost) {
    case (false, false): return tensor
    case (true, false):
      guard least != 0 else { return try applied(.relu, to: tensor, name(node)) }
      let moved = try affine(tensor, scale: 1, shift: -Double(least), node)
      return try affine(applied(.relu, to: moved, name(node)), scale: 1, shift: Double(least), node)
    case (false, true):
      let moved = try affine(tensor, scale: -1, shift: Double(most), node)
      return try affine(applied(.relu, to: moved, name(node)), scale: -1, shift: Double(most), node)
    case (true, true):
      guard least != 0 || most != 6 else { return try applied(.relu6, to: tensor, name(node)) }
      let scale = 6 / (Double(most) - Double(least))
      let moved = try affine(tensor, scale: scale, shift: -Double(least) * scale, node)
      return try affine(applied(.relu6, to: moved, name(node)), scale: 1 / scale, shift: Double(least), node)
    }
  }

  mutating func parametricReLU(_ node: ONNXNode) throws -> ONNXValue {
    let tensor = try tensor(node)
    let slopes = try channelValues(try constant(node, 1), of: tensor)
    guard let slopes else {
      throw ONNXFolding.Failure(expected: "one slope, or one for each channel", found: "others")
    }
    let payload = ParametricReLU(isShared: slopes.count == 1)
    return .tensor(
      ONNXReference(
        try draft.append(
          .parametricReLU(payload), to: [tensor.node], named: name(node, weight: 1),
          [.slope: Tensor(shape: [slopes.count], scalars: slopes)]), axes: tensor.axes))
  }

  /// Softmax over one axis, or before version 13 over an axis and all behind it, which are one where it is the last.
  mutating func softmax(_ node: ONNXNode, _ operation: Operation) throws -> ONNXValue {
    let tensor = try tensor(node)
    let rank = tensor.axes.count
    let isOld = opset(node) < 13
    let axis = try ONNXFolding.axis(node.integer("axis", isOld ? 1 : -1), rank: rank + 1)
    guard axis > 0 else { throw joinsImages("softmax over axis 0") }
    guard isOld, axis < rank else {
      // That axis first, for the operation; the graph goes on seeing its own order.
      let order = [tensor.axes[axis - 1]] + tensor.axes.enumerated().filter { $0.offset != axis - 1 }.map(\.element)
      let input = try permuted(tensor.node, order, name(node))
      let output = try draft.append(operation, to: [input], named: name(node))
      return .tensor(ONNXReference(output, axes: tensor.axes.map { order.firstIndex(of: $0) ?? 0 }))
    }
    guard axis == 1 else {
      throw ONNXFolding.Failure(expected: "softmax over all axes of an image, or its first", found: "axis \(axis)")
    }
    let plain = try plain(tensor, name(node))
    let shape = draft.shape(plain)
    let flat = try reshaped(plain, [shape.count], name(node))
    let output = try draft.append(operation, to: [flat], named: name(node))
    return .tensor(ONNXReference(try reshaped(output, shape, name(node)), rank: rank))
  }
}
