import Networks

/// Activations, normalisations and layers that rearrange scalars.
extension KerasPlanner {
  mutating func activation(_ activation: Activation, _ connected: ConnectedNode) throws -> Int {
    switch activation {
    case .relu: return named("relu", connected)
    case .relu6: return append("ReLU", Self.rectifier(maximum: 6), connected)
    case .leakyReLU(let slope):
      let key = plan.generation == .keras2 ? "alpha" : "negative_slope"
      return append("LeakyReLU", [key: JSONValue(decimal: slope)], connected)
    case .elu(let alpha): return append("ELU", ["alpha": JSONValue(decimal: alpha)], connected)
    case .selu: return named("selu", connected)
    case .gelu(let isApproximate):
      guard !isApproximate else { throw connected.failure("Keras has no layer for GELU in its tanh approximation") }
      return named("gelu", connected)
    case .silu: return named(plan.generation == .keras2 ? "swish" : "silu", connected)
    case .hardSwish:
      if plan.generation == .keras3 { return named("hard_silu", connected) }
      let gate = hardSigmoid(slope: 1 / 6, suffix: "_gate", connected)
      return append("Multiply", [:], connected, to: [input(of: connected), gate])
    case .sigmoid: return named("sigmoid", connected)
    case .hardSigmoid(let slope):
      // Keras 2 and Keras 3 have different functions of this name.
      if plan.generation == .keras3, abs(slope - 1 / 6) < 1e-6 { return named("hard_sigmoid", connected) }
      return hardSigmoid(slope: slope, suffix: "", connected)
    case .tanh: return named("tanh", connected)
    case .softplus: return named("softplus", connected)
    }
  }

  private mutating func named(_ name: JSONValue, _ connected: ConnectedNode) -> Int {
    append("Activation", ["activation": name], connected)
  }

  private static func rectifier(maximum: Int) -> [String: JSONValue] {
    ["max_value": JSONValue(maximum), "negative_slope": JSONValue(0), "threshold": JSONValue(0)]
  }

  mutating func logSoftmax(_ connected: ConnectedNode) throws -> Int {
    guard plan.generation == .keras3, connected.input.rank == 1 else {
      throw connected.failure("Keras 2 has no logarithm of a softmax, Keras 3 one of vectors; write it as keras3")
    }
    return named("log_softmax", connected)
  }

  private mutating func hardSigmoid(slope: Float, suffix: String, _ connected: ConnectedNode) -> Int {
    let shape = Self.view(of: connected.node.shape).kerasShape
    let line = appendHelper(
      "Rescaling", suffix: suffix + "_line", ["scale": JSONValue(decimal: slope), "offset": .number(0.5)], connected,
      to: [input(of: connected)], shape: shape)
    return appendHelper("ReLU", suffix: suffix, Self.rectifier(maximum: 1), connected, to: [line], shape: shape)
  }

  mutating func parametricReLU(_ payload: ParametricReLU, _ connected: ConnectedNode) -> Int {
    let view = Self.view(of: connected.input)
    let shared = view.kerasShape.indices.filter { payload.isShared || $0 != view.kerasAxis(0) }
    let shape = view.kerasShape.enumerated().map { shared.contains($0) ? 1 : $1 }
    let alpha = parameters[connected.name, .slope].map {
      KerasPlan.Variable(name: "alpha", shape: shape, scalars: $0.scalars)
    }
    let config: [String: JSONValue] = ["shared_axes": shared.isEmpty ? nil : JSONValue(shared.map { $0 + 1 })]
    return append("PReLU", config, connected, variables: alpha.map { [$0] } ?? [])
  }

  // MARK: Normalisations

  mutating func batchNormalization(_ payload: BatchNormalization, _ connected: ConnectedNode) -> Int {
    let config: [String: JSONValue] = [
      "axis": JSONValue(Self.channelAxis(of: connected.input)), "epsilon": JSONValue(decimal: payload.epsilon),
      "momentum": JSONValue(decimal: 1 - payload.momentum), "scale": .boolean(payload.hasScale),
      "center": .boolean(payload.hasShift),
    ]
    let variables =
      variable("gamma", .scale, connected) + variable("beta", .shift, connected)
      + variable("moving_mean", .mean, connected)
      + variable("moving_variance", .variance, connected)
    return append("BatchNormalization", config, connected, variables: variables)
  }

  mutating func layerNormalization(_ payload: LayerNormalization, _ connected: ConnectedNode) -> Int {
    let view = Self.view(of: connected.input)
    let axes = payload.axes.map { view.kerasAxis($0) }.sorted()
    let arrangement = KerasArrangement(
      axes.map { view.kerasShape[$0] },
      axes: payload.axes.compactMap { axis in axes.firstIndex { view.storedAxis($0) == axis } })
    let config: [String: JSONValue] = [
      "axis": JSONValue(axes.map { $0 + 1 }), "epsilon": JSONValue(decimal: payload.epsilon),
      "scale": .boolean(payload.hasScale), "center": .boolean(payload.hasShift),
    ]
    return append(
      "LayerNormalization", config, connected,
      variables: variable("gamma", .scale, connected, arrangement) + variable("beta", .shift, connected, arrangement))
  }

  mutating func groupNormalization(_ payload: GroupNormalization, _ connected: ConnectedNode) -> Int {
    let config: [String: JSONValue] = [
      "groups": JSONValue(payload.groups), "axis": JSONValue(Self.channelAxis(of: connected.input)),
      "epsilon": JSONValue(decimal: payload.epsilon), "scale": .boolean(payload.hasScale),
      "center": .boolean(payload.hasShift),
    ]
    return append(
      "GroupNormalization", config, connected,
      variables: variable("gamma", .scale, connected) + variable("beta", .shift, connected))
  }

  /// Keras keeps the numbers of a `Rescaling` in the configuration.
  mutating func affine(_ connected: ConnectedNode) throws -> Int {
    let values = [ParameterRole.scale, .shift].map { parameters[connected.name, $0]?.scalars ?? [0] }
    let isUniform = values.allSatisfy { Set($0).count == 1 }
    guard isUniform || Self.channelAxis(of: connected.input) == -1 else {
      throw connected.failure("Keras has no layer that scales along the first of two axes")
    }
    let json = values.map { values -> JSONValue in
      isUniform ? JSONValue(decimal: values[0]) : .array(values.map { JSONValue(decimal: $0) })
    }
    return append("Rescaling", ["scale": json[0], "offset": json[1]], connected)
  }

  // MARK: Arrangement

  mutating func upsampling(_ payload: Upsampling, _ connected: ConnectedNode) throws -> Int {
    guard payload.method != .bilinearAlignedCorners else {
      throw connected.failure("Keras has no up-sampling with aligned corners")
    }
    let config: [String: JSONValue] = [
      "size": Self.pair(payload.factor), "data_format": "channels_last",
      "interpolation": .string(payload.method.rawValue),
    ]
    return append("UpSampling2D", config, connected)
  }

  mutating func flatten(_ order: AxisOrder, _ connected: ConnectedNode) -> Int {
    let input =
      order == .channelsFirst
      ? withChannelsFirst(input(of: connected), connected.input, connected) : input(of: connected)
    return append("Flatten", ["data_format": "channels_last"], connected, to: [input])
  }

  mutating func reshape(_ payload: Reshape, _ connected: ConnectedNode) -> Int {
    let output = connected.node.shape
    guard payload.order == .channelsFirst, connected.input.rank == 3 || output.rank == 3 else {
      return append("Reshape", ["target_shape": JSONValue(Self.view(of: output).kerasShape)], connected)
    }
    let input = withChannelsFirst(input(of: connected), connected.input, connected)
    let config: [String: JSONValue] = ["target_shape": JSONValue(output.extents)]
    guard output.rank == 3 else { return append("Reshape", config, connected, to: [input]) }
    let reshaped = appendHelper(
      "Reshape", suffix: "_channels_first", config, connected, to: [input], shape: output.extents)
    return append("Permute", ["dims": JSONValue([2, 3, 1])], connected, to: [reshaped])
  }

  /// An image with channels first, for a layer that flattens in that order; other shapes stay as they are.
  private mutating func withChannelsFirst(_ layer: Int, _ shape: Shape, _ connected: ConnectedNode) -> Int {
    // With one channel or one pixel both orders are the same.
    guard shape.rank == 3, shape[0] > 1, shape[1] * shape[2] > 1 else { return layer }
    return appendHelper(
      "Permute", suffix: "_permute", ["dims": JSONValue([3, 1, 2])], connected, to: [layer], shape: shape.extents)
  }

  mutating func permute(_ axes: [Int], _ connected: ConnectedNode) -> Int {
    let view = Self.view(of: connected.input)
    let dimensions = axes.indices.map { view.kerasAxis(axes[view.storedAxis($0)]) + 1 }
    return append("Permute", ["dims": JSONValue(dimensions)], connected)
  }
}
