import Networks

/// Layers that exporters write as several operators: GELU by the error function, layer normalisation by means and
/// square roots, softplus with its linear part.
extension ONNXBuilder {
  /// `erf(x / √2)`.
  mutating func errorFunction(_ node: ONNXNode) throws -> ONNXValue {
    let (origin, factor) = unscaled(try tensor(node))
    // Single precision has seven digits; half precision three.
    guard abs(factor * Float(2).squareRoot() - 1) < 1e-3 else {
      throw ONNXFolding.Failure(expected: "the error function of x / √2, as in GELU", found: "of \(factor) · x")
    }
    return .partial(ONNXPartial(kind: .errorFunction(origin, offset: 0, factor: 1), origin: "Erf"))
  }

  /// The layer that a partial value has become, or the value itself.
  func isGELU(_ factor: Float) -> Bool { abs(factor * 2 - 1) < 1e-3 }

  mutating func completed(_ partial: ONNXPartial, _ node: ONNXNode) throws -> ONNXValue {
    guard case .gelu(let tensor, let factor) = partial.kind, isGELU(factor) else { return .partial(partial) }
    return .tensor(
      ONNXReference(
        try draft.append(.activation(.gelu(approximate: false)), to: [tensor.node], named: name(node)),
        axes: tensor.axes))
  }

  mutating func squareRoot(_ node: ONNXNode) throws -> ONNXValue {
    guard case .partial(let partial) = try value(node, 0) else { throw unknown(node) }
    return .partial(try root(partial))
  }

  func root(_ partial: ONNXPartial) throws -> ONNXPartial {
    guard case .variance(let tensor, let axes, let epsilon) = partial.kind else { throw unfinished(partial) }
    return ONNXPartial(
      kind: .deviation(tensor, axes, epsilon: epsilon, isInverse: false), origin: "a standard deviation")
  }

  mutating func reciprocal(_ node: ONNXNode) throws -> ONNXValue {
    guard case .partial(let partial) = try value(node, 0) else { throw unknown(node) }
    guard case .deviation(let tensor, let axes, let epsilon, isInverse: false) = partial.kind else {
      throw unfinished(partial)
    }
    return .partial(
      ONNXPartial(kind: .deviation(tensor, axes, epsilon: epsilon, isInverse: true), origin: partial.origin))
  }

  /// A layer normalisation, whose scale and shift may follow.
  mutating func normalized(
    _ tensor: ONNXReference, _ axes: [Int], _ epsilon: Float, _ node: ONNXNode
  ) throws -> ONNXReference {
    let payload = LayerNormalization(axes: axes, epsilon: epsilon, hasScale: false, hasShift: false)
    return ONNXReference(
      try draft.append(.layerNormalization(payload), to: [tensor.node], named: name(node)), axes: tensor.axes)
  }

  mutating func comparison(_ node: ONNXNode) throws -> ONNXValue {
    guard let threshold = try constant(node, 1).uniform else { throw unknown(node) }
    let (tensor, factor) = unscaled(try tensor(node))
    // From there on softplus is linear in single precision: log(1 + exp(−t)) is below half a unit of the last place.
    guard threshold >= 15, factor == 1 else {
      throw ONNXFolding.Failure(expected: "the threshold of softplus", found: "\(threshold)")
    }
    return .partial(ONNXPartial(kind: .comparison(tensor), origin: "Greater"))
  }

  /// `x where x > 20, else softplus(x)`, which is softplus.
  mutating func selection(_ node: ONNXNode) throws -> ONNXValue {
    guard case .partial(let condition) = try value(node, 0) else { throw unknown(node) }
    let (linear, softplus) = (try tensor(node, 1), try tensor(node, 2))
    guard case .comparison(linear) = condition.kind, softplus.axes == linear.axes,
      draft.nodes[softplus.node].operation == .activation(.softplus), draft.nodes[softplus.node].inputs == [linear.node]
    else { throw unfinished(condition) }
    return .tensor(softplus)
  }
}

extension ONNXPartial {
  /// The sum with a number.
  func adding(_ number: Float) -> ONNXPartial? {
    switch kind {
    case .errorFunction(let x, let offset, let factor):
      ONNXPartial(kind: .errorFunction(x, offset: offset + number / factor, factor: factor), origin: origin)
    case .variance(let x, let axes, let epsilon):
      ONNXPartial(kind: .variance(x, axes, epsilon: epsilon + number), origin: origin)
    case .gelu, .centered, .squared, .deviation, .comparison: nil
    }
  }

  /// The product with a number.
  func multiplied(by number: Float) -> ONNXPartial? {
    switch kind {
    case .errorFunction(let x, let offset, let factor):
      ONNXPartial(kind: .errorFunction(x, offset: offset, factor: factor * number), origin: origin)
    case .gelu(let x, let factor): ONNXPartial(kind: .gelu(x, factor: factor * number), origin: origin)
    case .centered, .squared, .variance, .deviation, .comparison: nil
    }
  }

  /// The product with a multiple of the tensor that it is made of.
  func multiplied(by tensor: ONNXReference, _ multiple: Float) -> ONNXPartial? {
    guard case .errorFunction(tensor, let offset, let factor) = kind, offset == 1 else { return nil }
    return ONNXPartial(kind: .gelu(tensor, factor: factor * multiple), origin: origin)
  }

  /// The square of a difference from a mean, where both are the same.
  func squared(with other: ONNXPartial) -> ONNXPartial? {
    guard case .centered(let x, let axes) = kind, case .centered(x, axes) = other.kind else { return nil }
    return ONNXPartial(kind: .squared(x, axes), origin: "the square of a difference from a mean")
  }

  /// The tensor, axes and ε of a normalisation that a difference from a mean by a deviation is; nil for anything else.
  func normalized(by other: ONNXPartial, isProduct: Bool) -> (ONNXReference, [Int], Float)? {
    guard case .centered(let x, let axes) = kind,
      case .deviation(x, axes, let epsilon, isInverse: isProduct) = other.kind
    else { return nil }
    return (x, axes, epsilon)
  }
}
