import Networks

/// The role of a tensor in its module: the last component of its name.
enum TensorLeaf: Hashable {
  case weight
  case bias
  case runningMean
  case runningVariance
  /// The mean that an input normalisation subtracts.
  case mean
  /// The standard deviation that an input normalisation divides by.
  case deviation
  /// Anything else, which no operation asks for.
  case other(String)

  /// PyTorch's names first, then those of Chainer, MATLAB and plain NumPy code.
  private static let names: [(leaf: TensorLeaf, names: [String])] = [
    (.weight, ["weight", "W", "w", "gamma", "scale", "Weights", "Scale"]),
    (.bias, ["bias", "b", "beta", "shift", "Bias", "Offset"]),
    (.runningMean, ["running_mean", "avg_mean", "moving_mean", "TrainedMean"]),
    (.runningVariance, ["running_var", "avg_var", "moving_variance", "TrainedVariance"]),
    (.mean, ["mean", "mu", "new_mean", "means", "_mean", "pixel_mean"]),
    (.deviation, ["std", "sigma", "new_std", "stds", "sds", "_std", "pixel_std"]),
  ]

  init(named name: String) {
    self = Self.names.first { $0.names.contains(name) }?.leaf ?? .other(name)
  }

  /// The leaf that holds a parameter: the scale of a normalisation is its `weight`, its shift the `bias`.
  init(of role: ParameterRole) {
    self =
      switch role {
      case .weight, .scale, .slope: .weight
      case .bias, .shift: .bias
      case .mean: .runningMean
      case .variance: .runningVariance
      }
  }

  /// PyTorch's name.
  var name: String {
    switch self {
    case .weight: "weight"
    case .bias: "bias"
    case .runningMean: "running_mean"
    case .runningVariance: "running_var"
    case .mean: "mean"
    case .deviation: "std"
    case .other(let name): name
    }
  }
}

extension Operation {
  /// Whether it is what PyTorch's code writes as a parameter of the block it scales, and not as a module.
  var isLayerScale: Bool {
    if case .affine(let payload) = self { !payload.hasShift } else { false }
  }
}

/// The tensors of one module of the file.
struct StateModule {
  /// The dotted name.
  let name: String
  let entries: [TensorLeaf: StateDictionary.Entry]

  var signature: ModuleSignature { ModuleSignature(entries.mapValues(\.shape)) }

  /// The modules of a state dictionary, in the order of their first tensor.
  static func modules(of entries: [StateDictionary.Entry]) -> [StateModule] {
    var order: [String] = []
    var tensors: [String: [TensorLeaf: StateDictionary.Entry]] = [:]
    for entry in entries {
      let components = entry.name.split(separator: ".")
      let module = components.dropLast().joined(separator: ".")
      let name = components.last.map(String.init) ?? ""
      let leaf = TensorLeaf(named: name)
      if tensors[module] == nil { order.append(module) }
      // If two names mean the same tensor, neither is used.
      let isTaken = tensors[module]?[leaf] != nil
      tensors[module, default: [:]][isTaken ? .other(name) : leaf] = entry
    }
    return order.map { StateModule(name: $0, entries: tensors[$0] ?? [:]) }
  }
}

/// Which tensors a module has, of which shapes: modules with equal signatures are interchangeable.
///
/// Axes of extent 1 do not matter for a vector: `[C]`, `[1, C, 1, 1]`. A dense layer is a 1×1 convolution: `[O, I]`,
/// `[O, I, 1, 1]`.
struct ModuleSignature: Hashable {
  let shapes: [TensorLeaf: Shape]

  init(_ shapes: [TensorLeaf: Shape]) {
    self.shapes = shapes.mapValues { shape in
      if shape.extents.filter({ $0 != 1 }).count <= 1 { return [shape.count] }
      return shape.rank == 4 && shape[2] == 1 && shape[3] == 1 ? [shape[0], shape[1]] : shape
    }
  }

  /// The signature that a node of a network needs.
  init(_ specifications: [ParameterSpecification]) {
    self.init(
      Dictionary(
        specifications.map { (TensorLeaf(of: $0.key.role), $0.shape) }, uniquingKeysWith: { first, _ in first })
    )
  }
}
