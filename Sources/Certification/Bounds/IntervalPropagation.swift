public import Hyperparameters
public import Networks

/// Interval bound propagation: every node's scalars in intervals of their own.
///
/// The last affine operations are merged with the functions that are asked for ("elision"), which keeps what the classes
/// have in common. Gowal et al., *On the effectiveness of interval bound propagation for training verifiably robust
/// models*, arXiv 1810.12715.
public struct IntervalPropagation: BoundMethod {
  /// Name, title and source.
  public static let method = Method(
    name: "ibp", title: "Interval bound propagation", summary: "Intervals, node by node.",
    citation: "Gowal et al., arXiv 1810.12715")

  /// Rounding errors of the network's own add to those of the bounds.
  public static let arithmetics: Set<NetworkArithmetic> = [.real, .single]

  /// The defaults.
  public init() {}

  /// Bounds of functions of the outputs.
  public func leastValues(
    of functions: OutputFunctions, network: BoundedNetwork, region: InputRegion, enough: Double, workers: Workers
  ) throws -> [Double] {
    let bounds = try NetworkBounds.intervals(of: network, over: region, workers: workers)
    return BackwardPass(bounds.withConstantRelaxations()).leastValues(of: functions)
  }
}
