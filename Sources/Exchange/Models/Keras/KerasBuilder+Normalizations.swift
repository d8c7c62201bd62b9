import Networks

/// Normalisations and fixed affine maps.
extension KerasBuilder {
  mutating func batchNormalization(_ input: KerasTensor, _ nested: NestedLayer) throws -> KerasTensor {
    let layer = nested.layer
    let input = try channelled(input, axis: try onlyAxis(of: input, nested), nested)
    let (hasScale, hasShift) = (try layer.boolean("scale", default: true), try layer.boolean("center", default: true))
    // Keras' momentum is the share of the running statistics that is kept, here it is the share that is replaced.
    let momentum = 1 - (try layer.real("momentum", default: 0.99))
    let payload = BatchNormalization(
      epsilon: Float(try layer.real("epsilon", default: 1e-3)), momentum: Float(momentum), hasScale: hasScale,
      hasShift: hasShift)
    let output = try append(.batchNormalization(payload), nested, to: input)
    let (node, channels) = (name(of: output), input.shape[0])
    var variables = scaleAndShift(KerasArrangement([channels]), node, hasScale: hasScale, hasShift: hasShift)
    variables.append(KerasVariable("moving_mean", count: channels, key: ParameterKey(node, .mean)))
    variables.append(KerasVariable("moving_variance", count: channels, key: ParameterKey(node, .variance)))
    try record(KerasWeights(variables), for: nested)
    return output
  }

  mutating func layerNormalization(_ input: KerasTensor, _ nested: NestedLayer) throws -> KerasTensor {
    let layer = nested.layer
    guard try !layer.boolean("rms_scaling", default: false) else {
      throw layer.failure("rms_scaling is not supported")
    }
    let kerasAxes = try layer.integers("axis", default: [-1], in: -8...8).map { try exampleAxis($0, of: input, nested) }
    guard kerasAxes == Set(kerasAxes).sorted() else {
      throw layer.failure(expected: "ascending axes", found: layer.config["axis"]?.summary ?? "others")
    }
    let axes = kerasAxes.map { input.storedAxis($0) }.sorted()
    let (hasScale, hasShift) = (try layer.boolean("scale", default: true), try layer.boolean("center", default: true))
    let payload = LayerNormalization(
      axes: axes, epsilon: Float(try layer.real("epsilon", default: 1e-3)), hasScale: hasScale, hasShift: hasShift)
    let output = try append(.layerNormalization(payload), nested, to: input)
    let arrangement = KerasArrangement(
      kerasAxes.map { input.kerasShape[$0] },
      axes: axes.compactMap { axis in kerasAxes.firstIndex { input.storedAxis($0) == axis } })
    let variables = scaleAndShift(arrangement, name(of: output), hasScale: hasScale, hasShift: hasShift)
    try record(KerasWeights(variables), for: nested)
    return output
  }

  mutating func groupNormalization(_ input: KerasTensor, _ nested: NestedLayer) throws -> KerasTensor {
    let layer = nested.layer
    let input = try channelled(input, axis: try onlyAxis(of: input, nested), nested)
    let groups = try layer.integer("groups", default: 32, in: -1...KerasLayer.sizeLimit)
    let (hasScale, hasShift) = (try layer.boolean("scale", default: true), try layer.boolean("center", default: true))
    let payload = GroupNormalization(
      groups: groups == -1 ? input.shape[0] : groups, epsilon: Float(try layer.real("epsilon", default: 1e-3)),
      hasScale: hasScale, hasShift: hasShift)
    let output = try append(.groupNormalization(payload), nested, to: input)
    let variables = scaleAndShift(
      KerasArrangement([input.shape[0]]), name(of: output), hasScale: hasScale, hasShift: hasShift)
    try record(KerasWeights(variables), for: nested)
    return output
  }

  private func scaleAndShift(
    _ arrangement: KerasArrangement, _ node: String, hasScale: Bool, hasShift: Bool
  ) -> [KerasVariable] {
    (hasScale ? [KerasVariable("gamma", arrangement: arrangement, keys: [ParameterKey(node, .scale)])] : [])
      + (hasShift ? [KerasVariable("beta", arrangement: arrangement, keys: [ParameterKey(node, .shift)])] : [])
  }

  /// The one axis of a normalisation: a number, or a list of one.
  private func onlyAxis(of input: KerasTensor, _ nested: NestedLayer) throws -> Int {
    let axes = try nested.layer.integers("axis", default: [-1], in: -8...8)
    guard axes.count == 1 else { throw nested.layer.failure(expected: "one axis", found: "\(axes)") }
    return try exampleAxis(axes[0], of: input, nested)
  }

  // MARK: Input normalisation

  mutating func normalization(_ input: KerasTensor, _ nested: NestedLayer) throws -> KerasTensor {
    let layer = nested.layer
    // No axis at all: one mean for everything.
    let isScalar = layer.config["axis"] == .null || layer.config["axis"] == .array([])
    let input = isScalar ? input : try channelled(input, axis: try onlyAxis(of: input, nested), nested)
    let output = try append(.affine(Affine()), nested, to: input)
    let channels = input.shape[0]
    let moments = KerasMoments(
      count: channels, isInverted: try layer.boolean("invert", default: false), nodes: [name(of: output)])
    guard let mean = try layer.numbers("mean"), let variance = try layer.numbers("variance") else {
      let statistics = KerasArrangement(isScalar ? [] : [channels])
      let variables = ["mean", "variance"].map { KerasVariable($0, arrangement: statistics) }
      let count = KerasVariable("count", arrangement: KerasArrangement([]))
      try record(KerasWeights(variables + [count], moments: moments), for: nested)
      return output
    }
    let (scale, shift) = moments.affine(mean: mean, variance: variance)
    try setAffine(output, scale: scale, shift: shift, nested)
    return output
  }

  mutating func rescaling(_ input: KerasTensor, _ nested: NestedLayer) throws -> KerasTensor {
    let scale = try nested.layer.numbers("scale") ?? [1]
    let offset = try nested.layer.numbers("offset") ?? [0]
    let output = try append(.affine(Affine()), nested, to: input)
    try setAffine(output, scale: scale, shift: offset, nested)
    return output
  }
}
