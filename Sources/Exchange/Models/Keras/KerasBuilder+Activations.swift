import Networks

/// Activations: the argument of a layer, and the layers that are nothing else.
extension KerasBuilder {
  /// The value under the activation of its layer.
  mutating func activated(_ input: KerasTensor, _ site: Site) throws -> KerasTensor {
    let activation = site.layer.config["activation"] ?? .null
    switch activation {
    case .null: return input
    case .string(let name): return try activated(input, by: name, site)
    case .object(let members):
      let className = members["class_name"]?.string ?? ""
      // A registered function is an object around its name; a layer as an activation is an object around its settings.
      if let name = members["config"]?.string { return try activated(input, by: name, site) }
      let layer = KerasLayer(
        name: site.layer.name, className: className, config: members["config"]?.object ?? [:], calls: [], model: nil)
      return try activationLayer(layer, input, site)
    case .boolean, .number, .array:
      throw site.layer.failure(expected: "the name of an activation", found: activation.summary)
    }
  }

  private mutating func activated(_ input: KerasTensor, by name: String, _ site: Site) throws -> KerasTensor {
    switch name {
    case "linear": return input
    case "softmax": return try softmax(input, axis: -1, site)
    case "log_softmax":
      let input = try channelled(input, axis: try exampleAxis(-1, of: input, site), site)
      return try append(.logSoftmax, site, suffix: suffix(name, site), to: input)
    case "mish":
      let gate = try append(.activation(.softplus), site, suffix: "_softplus", to: input)
      let bounded = try append(.activation(.tanh), site, suffix: "_tanh", to: gate)
      return try append(.multiply, site, suffix: "_mish", to: [input, bounded], layout: input.layout)
    default:
      guard let activation = activation(named: name) else {
        throw site.layer.failure("the activation '\(name)' is not known here")
      }
      return try append(.activation(activation), site, suffix: suffix(name, site), to: input)
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
    case "hard_sigmoid": .hardSigmoid(slope: isKeras3 ? 1 / 6 : 0.2)
    case "tanh": .tanh
    case "softplus": .softplus
    default: nil
    }
  }

  /// An activation layer keeps its name; the activation of another layer needs one of its own.
  private func suffix(_ name: String, _ site: Site) -> String {
    site.layer.className == "Activation" ? "" : "_\(name)"
  }

  /// ReLU, LeakyReLU, ELU and Softmax, as layers or as arguments of one.
  mutating func activationLayer(
    _ layer: KerasLayer, _ input: KerasTensor, _ site: Site
  ) throws -> KerasTensor {
    let suffix = layer.className == site.layer.className ? "" : "_activation"
    switch layer.className {
    case "ReLU": return try rectified(layer, input, site, suffix: suffix)
    case "LeakyReLU":
      // `alpha` before Keras 3.
      let slope = try layer.real("negative_slope", default: try layer.real("alpha", default: 0.3))
      return try append(.activation(.leakyReLU(slope: Float(slope))), site, suffix: suffix, to: input)
    case "ELU":
      let alpha = try layer.real("alpha", default: 1)
      return try append(.activation(.elu(alpha: Float(alpha))), site, suffix: suffix, to: input)
    case "Softmax":
      let axes = try layer.integers("axis", default: [-1], in: -8...8)
      guard axes.count == 1 else { throw layer.failure(expected: "one axis", found: "\(axes)") }
      return try softmax(input, axis: axes[0], site)
    default: throw site.layer.failure("the activation '\(layer.className)' is not known here")
    }
  }

  private mutating func softmax(_ input: KerasTensor, axis: Int, _ site: Site) throws -> KerasTensor {
    let input = try channelled(input, axis: try exampleAxis(axis, of: input, site), site)
    let isAlone = ["Softmax", "Activation"].contains(site.layer.className)
    return try append(.softmax, site, suffix: isAlone ? "" : "_softmax", to: input)
  }

  /// `slope · x` below 0, `x` above, at most the maximum.
  private mutating func rectified(
    _ layer: KerasLayer, _ input: KerasTensor, _ site: Site, suffix: String
  ) throws -> KerasTensor {
    let slope = try layer.real("negative_slope", default: 0)
    guard try layer.real("threshold", default: 0) == 0 else {
      throw layer.failure(expected: "a threshold of 0", found: layer.config["threshold"]?.summary ?? "another")
    }
    guard layer.config["max_value"] ?? .null != .null else {
      let activation: Activation = slope == 0 ? .relu : .leakyReLU(slope: Float(slope))
      return try append(.activation(activation), site, suffix: suffix, to: input)
    }
    let maximum = try layer.real("max_value", default: 6)
    guard slope == 0, maximum > 0 else {
      throw layer.failure(expected: "a max_value above 0 with a negative_slope of 0", found: "\(maximum) with \(slope)")
    }
    if maximum == 6 { return try append(.activation(.relu6), site, suffix: suffix, to: input) }
    let scaled = try affine(input, scale: 6 / maximum, shift: 0, site, suffix: "_scaled")
    let clipped = try append(.activation(.relu6), site, suffix: "_clipped", to: scaled)
    return try affine(clipped, scale: maximum / 6, shift: 0, site, suffix: suffix)
  }

  /// A slope per channel, one for all, or one per scalar.
  mutating func parametricReLU(_ input: KerasTensor, _ site: Site) throws -> KerasTensor {
    let rank = input.shape.rank
    let shared = Set(try site.layer.integers("shared_axes", default: [], in: 1...8).map { $0 - 1 })
    let kerasShape = input.kerasShape.enumerated().map { shared.contains($0) ? 1 : $1 }
    let channel = input.kerasAxis(0)
    if shared.count == rank || shared == Set(0..<rank).subtracting([channel]) {
      let isShared = shared.count == rank
      let output = try append(.parametricReLU(ParametricReLU(isShared: isShared)), site, to: input)
      let arrangement = KerasArrangement(kerasShape, shape: [isShared ? 1 : input.shape[0]])
      try recordSlope(arrangement, of: output, site)
      return output
    }
    guard shared.isEmpty else {
      throw site.layer.failure(
        expected: "slopes shared by all axes but the channels, by all or by none",
        found: "shared_axes "
          + (site.layer.config["shared_axes"]?.summary ?? ""))
    }
    let flat = try append(.flatten(.channelsFirst), site, suffix: "_flat", to: [input], layout: .asIs)
    let output = try append(.parametricReLU(ParametricReLU()), site, to: flat)
    let axes = (0..<rank).map { input.kerasAxis($0) }
    try recordSlope(KerasArrangement(kerasShape, axes: axes, shape: flat.shape), of: output, site)
    return try append(
      .reshape(Reshape(to: input.shape)), site, suffix: "_shape", to: [output], layout: input.layout)
  }

  private mutating func recordSlope(_ arrangement: KerasArrangement, of output: KerasTensor, _ site: Site) throws {
    let key = ParameterKey(name(of: output), .slope)
    try record(KerasWeights([KerasVariable("alpha", arrangement: arrangement, keys: [key])]), for: site)
  }
}
