import Networks

/// Sums, products and quotients of images with constants and with each other.
extension ONNXBuilder {
  /// `a + b` or `a − b`.
  mutating func sum(_ node: ONNXNode, signOfSecond sign: Float) throws -> ONNXValue {
    switch (try value(node, 0), try value(node, 1)) {
    case (.tensor(let a), .constant(let b)):
      return .tensor(try affine(a, scale: ONNXConstant(scalar: 1), shift: b.multiplied(by: sign), node))
    case (.constant(let a), .tensor(let b)):
      return .tensor(try affine(b, scale: ONNXConstant(scalar: sign), shift: a, node))
    case (.tensor(let a), .tensor(let b)):
      if sign < 0, let mean = means[b.node], mean.of == a {
        return .partial(ONNXPartial(kind: .centered(a, mean.axes), origin: "a difference from a mean"))
      }
      let second = sign < 0 ? try affine(b, scale: -1, shift: 0, node) : b
      return .tensor(try sum([a, second], node))
    case (.partial(let partial), .constant(let constant)) where sign > 0,
      (.constant(let constant), .partial(let partial)) where sign > 0:
      guard let number = constant.uniform, let sum = partial.adding(number) else { throw unfinished(partial) }
      return .partial(sum)
    case (.partial(let partial), _), (_, .partial(let partial)): throw unfinished(partial)
    case (.constant, .constant): throw unknown(node)
    }
  }

  mutating func sumOfAll(_ node: ONNXNode) throws -> ONNXValue {
    let parts = try node.inputs.indices.map { try tensor(node, $0) }
    return .tensor(parts.count == 1 ? parts[0] : try sum(parts, node))
  }

  private mutating func sum(_ parts: [ONNXReference], _ node: ONNXNode) throws -> ONNXReference {
    let parts = try aligned(parts, node)
    // A number for each channel is repeated over rows and columns.
    let image = parts.map(\.node).max { draft.shape($0).count < draft.shape($1).count } ?? 0
    let shape = draft.shape(image)
    let nodes = try parts.map { part in
      let own = draft.shape(part.node)
      guard own != shape, shape.rank == 3, own == [shape[0], 1, 1] else { return part.node }
      return try draft.append(
        .upsampling(Upsampling(factor: Extent(shape[1], shape[2]))), to: [part.node], named: "\(name(node)).repeat")
    }
    return ONNXReference(try draft.append(.add, to: nodes, named: name(node)), axes: parts[0].axes)
  }

  /// The same values with one order of axes.
  private mutating func aligned(_ parts: [ONNXReference], _ node: ONNXNode) throws -> [ONNXReference] {
    guard !parts.allSatisfy({ $0.axes == parts[0].axes }) else { return parts }
    return try parts.map { ONNXReference(try plain($0, name(node)), rank: $0.axes.count) }
  }

  mutating func product(_ node: ONNXNode) throws -> ONNXValue {
    switch (try value(node, 0), try value(node, 1)) {
    case (.tensor(let a), .constant(let b)), (.constant(let b), .tensor(let a)):
      return .tensor(try affine(a, scale: b, shift: ONNXConstant(scalar: 0), node))
    case (.tensor(let a), .tensor(let b)): return .tensor(try product(a, b, node))
    case (.partial(let partial), .constant(let constant)), (.constant(let constant), .partial(let partial)):
      guard let number = constant.uniform, let product = partial.multiplied(by: number) else {
        throw unfinished(partial)
      }
      return try completed(product, node)
    case (.partial(let partial), .tensor(let tensor)), (.tensor(let tensor), .partial(let partial)):
      let (origin, factor) = unscaled(tensor)
      guard let product = partial.multiplied(by: origin, factor) ?? partial.multiplied(by: tensor, 1) else {
        throw unfinished(partial)
      }
      return try completed(product, node)
    case (.partial(let a), .partial(let b)):
      if let square = a.squared(with: b) { return .partial(square) }
      guard
        let (tensor, axes, epsilon) = a.normalized(by: b, isProduct: true)
          ?? b.normalized(by: a, isProduct: true)
      else { throw unfinished(a) }
      return .tensor(try normalized(tensor, axes, epsilon, node))
    case (.constant, .constant): throw unknown(node)
    }
  }

  /// The element-wise product; of an image with its own sigmoid, the activation that this is.
  private mutating func product(
    _ a: ONNXReference, _ b: ONNXReference, _ node: ONNXNode
  ) throws -> ONNXReference {
    for (x, gate) in [(a, b), (b, a)] where x.axes == gate.axes && draft.nodes[gate.node].inputs == [x.node] {
      let activation: Activation
      switch draft.nodes[gate.node].operation {
      case .activation(.sigmoid): activation = .silu
      case .activation(.hardSigmoid(let slope)) where abs(slope * 6 - 1) < 1e-6: activation = .hardSwish
      default: continue
      }
      return ONNXReference(
        try draft.append(.activation(activation), to: [x.node], named: name(node)), axes: x.axes)
    }
    let parts = try aligned([a, b], node)
    return ONNXReference(
      try draft.append(.multiply, to: parts.map(\.node), named: name(node)), axes: parts[0].axes)
  }

  mutating func quotient(_ node: ONNXNode) throws -> ONNXValue {
    switch (try value(node, 0), try value(node, 1)) {
    case (.tensor(let a), .constant(let b)):
      let inverse = ONNXConstant(extents: b.extents, values: .floats(b.floats.map { 1 / $0 }))
      return .tensor(try affine(a, scale: inverse, shift: ONNXConstant(scalar: 0), node))
    case (.partial(let partial), .constant(let constant)):
      guard let number = constant.uniform, let product = partial.multiplied(by: 1 / number) else {
        throw unfinished(partial)
      }
      return try completed(product, node)
    case (.partial(let a), .partial(let b)):
      guard let (tensor, axes, epsilon) = a.normalized(by: b, isProduct: false) else { throw unfinished(a) }
      return .tensor(try normalized(tensor, axes, epsilon, node))
    case (.partial(let partial), _), (_, .partial(let partial)): throw unfinished(partial)
    case (_, .tensor):
      throw ONNXFolding.Failure(expected: "a constant as divisor", found: "one that depends on the images")
    case (.constant, .constant): throw unknown(node)
    }
  }

  mutating func power(_ node: ONNXNode) throws -> ONNXValue {
    let exponent = try constant(node, 1).uniform
    switch (try value(node, 0), exponent) {
    case (.partial(let partial), 2?):
      guard let square = partial.squared(with: partial) else { throw unfinished(partial) }
      return .partial(square)
    case (.partial(let partial), 0.5?): return .partial(try root(partial))
    case (.partial(let partial), _): throw unfinished(partial)
    case (.tensor(let tensor), 1?): return .tensor(tensor)
    case (.tensor(let tensor), 2?): return .tensor(try product(tensor, tensor, node))
    case (.tensor(let tensor), 3?):
      return .tensor(try product(try product(tensor, tensor, node), tensor, node))
    case (.tensor, _), (.constant, _):
      throw ONNXFolding.Failure(
        expected: "the exponent 1, 2 or 3", found: exponent.map { "\($0)" } ?? "one for each number")
    }
  }

  /// What a tensor is a multiple of, and the factor; itself where it is none.
  func unscaled(_ tensor: ONNXReference) -> (ONNXReference, Float) {
    guard let (origin, factor) = multiples[tensor.node], origin.axes == tensor.axes else { return (tensor, 1) }
    return (origin, factor)
  }
}
