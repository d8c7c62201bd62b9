public import Hyperparameters
public import Networks

/// CROWN: linear bounds taken backward from every node that a non-linear one reads, then from the outputs.
///
/// Zhang, Weng, Chen, Hsieh and Daniel, *Efficient neural network robustness certification with general activation
/// functions*, arXiv 1811.00866. DeepPoly (Singh et al., POPL 2019) is the same for ReLU. Intervals come first: a neuron
/// whose sign they show keeps them, which saves most of the work and loosens nothing where the slopes are the same;
/// auto_LiRPA does so too, but decides for a whole batch at once.
public struct Crown: BoundMethod {
  /// Name, title and source.
  public static let method = Method(
    name: "crown", title: "CROWN", summary: "Linear bounds, backward from every layer (DeepPoly).",
    citation: "Zhang et al., arXiv 1811.00866")

  /// Rounding errors of the network's own add to those of the bounds.
  public static let arithmetics: Set<NetworkArithmetic> = [.real, .single]

  /// The slope below a ReLU of either sign.
  public var slope: LowerSlope = .adaptive
  /// Whether intervals decide the sign of a neuron where they can.
  public var keepsIntervals = true

  /// All of them.
  public static let hyperparameters: [Hyperparameter<Crown>] = [
    .choice("slope", \.slope, of: LowerSlope.allCases.map(\.rawValue), "The slope below a ReLU of either sign."),
    .flag("intervals", \.keepsIntervals, "Take what intervals show, where that is more."),
  ]

  /// The defaults.
  public init() {}

  /// Bounds of functions of the outputs.
  public func leastValues(
    of functions: OutputFunctions, network: BoundedNetwork, region: InputRegion, enough: Double, workers: Workers
  ) throws -> [Double] {
    let bounds = try NetworkBounds.backward(
      of: network, over: region, lowerSlope: slope, keepsIntervals: keepsIntervals, workers: workers)
    return BackwardPass(bounds).leastValues(of: functions)
  }
}

/// CROWN-IBP: intervals for all nodes but the outputs, whose linear bounds are taken backward.
///
/// Zhang et al., *Towards stable and efficient training of verifiably robust neural networks*, arXiv 1906.06316.
public struct CrownIBP: BoundMethod {
  /// Name, title and source.
  public static let method = Method(
    name: "crown-ibp", title: "CROWN-IBP", summary: "Intervals, and linear bounds backward from the outputs alone.",
    citation: "Zhang et al., arXiv 1906.06316")

  /// Rounding errors of the network's own add to those of the bounds.
  public static let arithmetics: Set<NetworkArithmetic> = [.real, .single]

  /// The slope below a ReLU of either sign.
  public var slope: LowerSlope = .adaptive

  /// All of them.
  public static let hyperparameters: [Hyperparameter<CrownIBP>] = [
    .choice("slope", \.slope, of: LowerSlope.allCases.map(\.rawValue), "The slope below a ReLU of either sign.")
  ]

  /// The defaults.
  public init() {}

  /// Bounds of functions of the outputs.
  public func leastValues(
    of functions: OutputFunctions, network: BoundedNetwork, region: InputRegion, enough: Double, workers: Workers
  ) throws -> [Double] {
    let bounds = try NetworkBounds.intervals(of: network, over: region, lowerSlope: slope, workers: workers)
    return BackwardPass(bounds).leastValues(of: functions)
  }
}

extension NetworkBounds {
  /// Intervals of all nodes at one point or in a box.
  static func intervals(of network: BoundedNetwork, at box: InputRegion) -> NetworkBounds {
    var bounds = NetworkBounds(of: network, over: box)
    for _ in network.steps { bounds.appendIntervals() }
    return bounds
  }

  /// Intervals of all nodes. Over a ball, those of the first affine operation come from the ball itself.
  package static func intervals(
    of network: BoundedNetwork, over region: InputRegion, lowerSlope: LowerSlope = .adaptive, workers: Workers
  ) throws -> NetworkBounds {
    try nodeByNode(of: network, over: region, lowerSlope: lowerSlope) { bounds, index, isExact in
      guard isExact, region.ball != nil else { return }
      try bounds.refine(Array(0..<network.width(of: index)), of: index, workers: workers)
    }
  }

  /// Bounds of all nodes that non-linear ones read, backward from each.
  package static func backward(
    of network: BoundedNetwork, over region: InputRegion, lowerSlope: LowerSlope = .adaptive,
    keepsIntervals: Bool = true, workers: Workers
  ) throws -> NetworkBounds {
    try nodeByNode(of: network, over: region, lowerSlope: lowerSlope) { bounds, index, isExact in
      guard !isExact || region.ball != nil else { return }
      let needsSignAlone = network.readersNeedSignAlone(of: index)
      let indices = keepsIntervals && needsSignAlone ? bounds.nodes[index].unstable : nil
      if !keepsIntervals { bounds.forget(index) }
      try bounds.refine(indices ?? Array(0..<network.width(of: index)), of: index, workers: workers)
    }
  }
}

extension BoundedNetwork {
  /// Whether all that reads a node is a rectifier, for which an interval without a change of sign is as good as the exact one.
  func readersNeedSignAlone(of index: Int) -> Bool {
    steps.indices.allSatisfy { reader in
      guard network.nodes[reader].inputs.contains(index) else { return true }
      switch steps[reader] {
      case .elementwise(.rectifier), .elementwise(.activation(.relu)), .elementwise(.activation(.leakyReLU)):
        return true
      case .affine, .input: return true
      case .elementwise, .maximum, .product, .softmax, .normalization: return false
      }
    }
  }
}
