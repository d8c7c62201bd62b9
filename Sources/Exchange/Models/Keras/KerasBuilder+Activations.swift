import Networks

/// Activations: arguments of layers, and layers of their own.
extension KerasBuilder {
  /// The value after the activation of its layer.
  mutating func activated(_ input: KerasTensor, _ nested: NestedLayer) throws -> KerasTensor {
    let activation = nested.layer.config["activation"] ?? .null
    switch activation {
    case .null: return input
    case .string(let name): return try activated(input, by: name, nested)
    case .object(let members):
      let className = members["class_name"]?.string ?? ""
      // A registered function is an object with its name; a layer as an activation is an object with its settings.
      if let name = members["config"]?.string { return try activated(input, by: name, nested) }
      let layer = KerasLayer(
        name: nested.layer.name, className: className, config: members["config"]?.object ?? [:], calls: [], model: nil)
      return try activationLayer(layer, input, nested)
    case .boolean, .number, .array:
      throw nested.layer.failure(expected: "the name of an activation", found: activation.summary)
    }
  }

  /// The value after an activation of that name.
  mutating func activated(_ input: KerasTensor, by name: String, _ nested: NestedLayer) throws -> KerasTensor {
    switch name {
    case "linear": return input
    case "softmax": return try softmax(input, axis: -1, nested)
    case "log_softmax": return try logSoftmax(input, axis: -1, nested, suffix: suffix(name, nested))
    case "mish":
      let gate = try append(.activation(.softplus), nested, suffix: "_softplus", to: input)
      let bounded = try append(.activation(.tanh), nested, suffix: "_tanh", to: gate)
      return try append(.multiply, nested, suffix: "_mish", to: [input, bounded], layout: input.layout)
    default:
      guard let activation = activation(named: name) else {
        throw nested.layer.failure("the activation '\(name)' is not supported")
      }
      return try append(.activation(activation), nested, suffix: suffix(name, nested), to: input)
    }
  }

  private func activation(named name: String) -> Activation? {
    switch name {
    case "relu": .relu
    case "relu6": .relu6
    case "leaky_relu": .leakyReLU(slope: 0.2)
    case "elu": .elu(alpha: 1)
    case "selu": .selu
    case "gelu": .gelu(approximate: false)
    case "silu", "swish": .silu
    case "hard_silu", "hard_swish": .hardSwish
    case "sigmoid": .sigmoid
    // The one activation that Keras 3 redefined.
    case "hard_sigmoid": .hardSigmoid(slope: generation == .keras3 ? 1 / 6 : 0.2)
    case "tanh": .tanh
    case "softplus": .softplus
    default: nil
    }
  }

  /// An activation layer keeps its name; the activation of another layer needs one of its own.
  private func suffix(_ name: String, _ nested: NestedLayer) -> String {
    nested.layer.className == "Activation" || Self.activationFunctions[nested.layer.className] != nil ? "" : "_\(name)"
  }

  /// Activations with settings, as layers, as arguments of one or as functions.
  mutating func activationLayer(
    _ layer: KerasLayer, _ input: KerasTensor, _ nested: NestedLayer
  ) throws -> KerasTensor {
    let suffix = layer.className == nested.layer.className ? "" : "_activation"
    switch layer.className {
    case "ReLU": return try rectified(layer, input, nested, suffix: suffix)
    case "LeakyReLU":
      // `alpha` before Keras 3.
      let slope = try layer.real("negative_slope", default: try layer.real("alpha", default: 0.3))
      return try append(.activation(.leakyReLU(slope: Float(slope))), nested, suffix: suffix, to: input)
    case "LeakyRelu":
      // The functions of Keras 3 and TensorFlow have another default than the layer.
      let slope = try layer.real("negative_slope", default: try layer.real("alpha", default: 0.2))
      return try append(.activation(.leakyReLU(slope: Float(slope))), nested, suffix: suffix, to: input)
    case "Gelu":
      let isApproximate = try layer.boolean("approximate", default: false)
      return try append(.activation(.gelu(approximate: isApproximate)), nested, suffix: suffix, to: input)
    case "LogSoftmax":
      return try logSoftmax(input, axis: try layer.integer("axis", default: -1, in: -8...8), nested, suffix: suffix)
    case "ELU", "Elu":
      let alpha = try layer.real("alpha", default: 1)
      return try append(.activation(.elu(alpha: Float(alpha))), nested, suffix: suffix, to: input)
    case "Softmax":
      let axes = try layer.integers("axis", default: [-1], in: -8...8)
      guard axes.count == 1 else { throw layer.failure(expected: "one axis", found: "\(axes)") }
      return try softmax(input, axis: axes[0], nested)
    default: throw nested.layer.failure("the activation '\(layer.className)' is not supported")
    }
  }

  private mutating func logSoftmax(
    _ input: KerasTensor, axis: Int, _ nested: NestedLayer, suffix: String
  ) throws -> KerasTensor {
    let input = try channelled(input, axis: try exampleAxis(axis, of: input, nested), nested)
    return try append(.logSoftmax, nested, suffix: suffix, to: input)
  }

  private mutating func softmax(_ input: KerasTensor, axis: Int, _ nested: NestedLayer) throws -> KerasTensor {
    let input = try channelled(input, axis: try exampleAxis(axis, of: input, nested), nested)
    let isAlone = ["Softmax", "Activation"].contains(nested.layer.className)
    return try append(.softmax, nested, suffix: isAlone ? "" : "_softmax", to: input)
  }

  /// `slope · x` below 0, `x` above, at most the maximum.
  private mutating func rectified(
    _ layer: KerasLayer, _ input: KerasTensor, _ nested: NestedLayer, suffix: String
  ) throws -> KerasTensor {
    let slope = try layer.real("negative_slope", default: 0)
    guard try layer.real("threshold", default: 0) == 0 else {
      throw layer.failure(expected: "a threshold of 0", found: layer.config["threshold"]?.summary ?? "another")
    }
    guard layer.config["max_value"] ?? .null != .null else {
      let activation: Activation = slope == 0 ? .relu : .leakyReLU(slope: Float(slope))
      return try append(.activation(activation), nested, suffix: suffix, to: input)
    }
    let maximum = try layer.real("max_value", default: 6)
    guard slope == 0, maximum > 0 else {
      throw layer.failure(expected: "a max_value above 0 with a negative_slope of 0", found: "\(maximum) with \(slope)")
    }
    if maximum == 6 { return try append(.activation(.relu6), nested, suffix: suffix, to: input) }
    let scaled = try affine(input, scale: 6 / maximum, shift: 0, nested, suffix: "_scaled")
    let clipped = try append(.activation(.relu6), nested, suffix: "_clipped", to: scaled)
    return try affine(clipped, scale: maximum / 6, shift: 0, nested, suffix: suffix)
  }

  /// A slope per channel, one for all, or one per scalar.
  mutating func parametricReLU(_ input: KerasTensor, _ nested: NestedLayer) throws -> KerasTensor {
    let rank = input.shape.rank
    let shared = Set(try nested.layer.integers("shared_axes", default: [], in: 1...8).map { $0 - 1 })
    let kerasShape = input.kerasShape.enumerated().map { shared.contains($0) ? 1 : $1 }
    let channel = input.kerasAxis(0)
    if shared.count == rank || shared == Set(0..<rank).subtracting([channel]) {
      let isShared = shared.count == rank
      let output = try append(.parametricReLU(ParametricReLU(isShared: isShared)), nested, to: input)
      let arrangement = KerasArrangement(kerasShape, shape: [isShared ? 1 : input.shape[0]])
      try recordSlope(arrangement, of: output, nested)
      return output
    }
    guard shared.isEmpty else {
      throw nested.layer.failure(
        expected: "slopes shared by all axes but the channels, by all or by none",
        found: "shared_axes "
          + (nested.layer.config["shared_axes"]?.summary ?? ""))
    }
    let flat = try append(.flatten(.channelsFirst), nested, suffix: "_flat", to: [input], layout: .asIs)
    let output = try append(.parametricReLU(ParametricReLU()), nested, to: flat)
    let axes = (0..<rank).map { input.kerasAxis($0) }
    try recordSlope(KerasArrangement(kerasShape, axes: axes, shape: flat.shape), of: output, nested)
    return try append(
      .reshape(Reshape(to: input.shape)), nested, suffix: "_shape", to: [output], layout: input.layout)
  }

  private mutating func recordSlope(_ arrangement: KerasArrangement, of output: KerasTensor, _ nested: NestedLayer)
    throws
  {
    let key = ParameterKey(name(of: output), .slope)
    try record(KerasWeights([KerasVariable("alpha", arrangement: arrangement, keys: [key])]), for: nested)
  }
}
