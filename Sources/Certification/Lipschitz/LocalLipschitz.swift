public import Hyperparameters
public import Networks

/// A bound on the local Lipschitz constant: on how much functions of the outputs change between two inputs of a region, for
/// their distance. **A true bound**, unlike the CLEVER score, which estimates the same number from samples.
///
/// Hein and Andriushchenko, *Formal guarantees on the robustness of a classifier against adversarial manipulation*, arXiv
/// 1705.08475, certify the radius `margin / constant`. The constant follows from the ranges of all activations'
/// derivatives over the region, taken back layer by layer: Zhang, Zhang and Hsieh, *RecurJac: an efficient recursive
/// algorithm for bounding Jacobian matrix of neural networks and its applications*, arXiv 1810.11783. Here the middles
/// of the ranges are kept together as one linear function, and what the derivatives lie off is paid for neuron by neuron.
public struct LocalLipschitz: BoundMethod {
  /// Name, title and source.
  public static let method = Method(
    name: "lipschitz", title: "Local Lipschitz constant",
    summary: "The value at the centre less the radius times a bound on the local Lipschitz constant.",
    citation: "Hein and Andriushchenko, arXiv 1705.08475; Zhang et al., arXiv 1810.11783")

  /// The defaults.
  public init() {}

  /// The values at the region's centre less the most that functions change from there.
  public func leastValues(
    of functions: OutputFunctions, network: BoundedNetwork, region: InputRegion, enough: Double, workers: Workers
  ) throws -> [Double] {
    let changes = try changes(of: functions, network, region, region.distance, workers)
    let point = NetworkBounds.intervals(
      of: network, at: InputRegion(lower: region.center, upper: region.center))
    let values = BackwardPass(point.withConstantRelaxations()).leastValues(of: functions)
    return zip(values, changes).map { ($0 - $1).nextDown.asLowerBound }
  }

  /// Upper bounds on the Lipschitz constants of functions of the outputs over a region.
  ///
  /// - Parameters:
  ///   - functions: The functions; for margins their constants certify radii.
  ///   - network: The network.
  ///   - region: The inputs.
  ///   - norm: How the distance of inputs is measured.
  ///   - workers: Threads that may share the work.
  /// - Returns: For each function f a number L with `|f(x) − f(y)| ≤ L ‖x − y‖` for all x and y of the region; ∞ where
  ///   nothing is known.
  /// - Throws: `CertificationError` for L0, and for a network in single precision.
  public func constants(
    of functions: OutputFunctions, network: BoundedNetwork, region: InputRegion, norm: Norm,
    workers: Workers = Workers(count: 1)
  ) throws -> [Double] {
    let distance: InputDistance =
      switch norm {
      case .linf: .largest(units: region.lower.map { _ in 1 })
      case .l2: .euclidean(unit: 1)
      case .l1: .sum(unit: 1)
      case .l0: throw CertificationError.norm(norm)
      }
    return try changes(of: functions, network, region, distance, workers)
  }

  private func changes(
    of functions: OutputFunctions, _ network: BoundedNetwork, _ region: InputRegion, _ distance: InputDistance,
    _ workers: Workers
  ) throws -> [Double] {
    try network.requireRealArithmetic(for: Self.method)
    let bounds = try NetworkBounds.backward(of: network, over: region, workers: workers)
    return try SlopePass(bounds, distance, workers: workers).changes(
      of: functions.rows, at: network.network.outputIndex)
  }
}

extension InputRegion {
  /// The distance in which no input is farther than 1 from the centre.
  fileprivate var distance: InputDistance {
    switch ball?.norm {
    case .l1?: .sum(unit: ball?.radius ?? 0)
    case .l2?: .euclidean(unit: ball?.radius ?? 0)
    case .linf?, .l0?, nil:
      .largest(units: zip(center, zip(lower, upper)).map { max(($1.1 - $0).nextUp, ($0 - $1.0).nextUp) })
    }
  }
}
