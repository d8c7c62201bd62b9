public import Hyperparameters
public import Networks

/// Linear functions of the image below and above every node, taken forward; auto_LiRPA's forward mode.
///
/// Xu et al., *Automatic perturbation analysis for scalable certified robustness and beyond*, arXiv 2002.12920, section
/// 3.2. It costs one product for each scalar of the image and layer, however many neurons there are; CROWN's bounds with the
/// same lines are at least as tight, since they put lines together before they choose sides. The last affine operations
/// are merged with the functions that are asked for.
public struct ForwardBounds: BoundMethod {
  /// Name, title and source.
  public static let method = Method(
    name: "forward", title: "Forward linear bounds", summary: "Linear bounds of every node, forward from the image.",
    citation: "Xu et al., arXiv 2002.12920")

  /// The slope below a ReLU of either sign.
  public var slope: LowerSlope = .adaptive
  /// Whether intervals decide where they are tighter.
  public var keepsIntervals = true

  /// All of them.
  public static let hyperparameters: [Hyperparameter<ForwardBounds>] = [
    .choice("slope", \.slope, of: LowerSlope.allCases.map(\.rawValue), "The slope below a ReLU of either sign."),
    .flag("intervals", \.keepsIntervals, "Take what intervals show, where that is more."),
  ]

  /// The defaults.
  public init() {}

  /// Bounds of functions of the outputs.
  ///
  /// - Throws: `CertificationError` where the coefficients do not fit into memory, or for a network in single precision.
  public func leastValues(
    of functions: OutputFunctions, network: BoundedNetwork, region: InputRegion, enough: Double, workers: Workers
  ) throws -> [Double] {
    try network.requireRealArithmetic(for: Self.method)
    let pass = try ForwardPass(
      network, over: region, lowerSlope: slope, keepsIntervals: keepsIntervals, workers: workers)
    return functions.adding(pass.leastValues(of: functions.rows))
  }
}

/// The bounds of all nodes, and the linear functions of those that the outputs are affine functions of.
package struct ForwardPass: Sendable {
  /// Intervals and relaxations.
  package private(set) var bounds: NetworkBounds
  private var bands: [Int: LinearBand] = [:]

  /// The most coefficients in memory: 2 GiB.
  static let limit = 1 << 28

  /// Takes the image's scalars forward.
  package init(
    _ network: BoundedNetwork, over region: InputRegion, lowerSlope: LowerSlope = .adaptive,
    keepsIntervals: Bool = true, workers: Workers
  ) throws {
    let graph = network.network
    try CertificationError.check(
      numbers: [2, region.count + 1, graph.largestLiveCount], limit: Self.limit, method: ForwardBounds.method.name)
    bounds = NetworkBounds(of: network, over: region, lowerSlope: lowerSlope)
    let (areRead, areExact) = (network.boundedNodes, network.hasExactIntervals)
    let (lastReads, kept) = (graph.lastReads, network.affineSources)
    for index in network.steps.indices {
      bounds.appendIntervals()
      let band = try band(of: index, workers: workers)
      bands[index] = band
      for unread in lastReads[index] where !kept[unread] { bands[unread] = nil }
      guard index > 0, areRead[index], !areExact[index] || region.ball != nil else { continue }
      if !keepsIntervals { bounds.forget(index) }
      bounds.intersect(
        index, Array(0..<network.width(of: index)), try band.leastValues(bounds, workers: workers))
    }
  }

  private func band(of index: Int, workers: Workers) throws -> LinearBand {
    let network = bounds.network
    let inputs = network.network.nodes[index].inputs.compactMap { bands[$0] }
    let width = network.width(of: index)
    guard index > 0 else { return LinearBand(image: bounds) }
    if case .affine(let step) = network.steps[index] {
      return try LinearBand(step, inputs, width: width, bounds, workers: workers)
    }
    guard let relaxation = bounds.relaxations[index] else { preconditionFailure("node \(index) has no relaxation") }
    return LinearBand(relaxation, inputs, width: width, bounds)
  }

  /// Lower bounds of linear functions of the outputs: back through affine nodes, then the linear functions of what these
  /// read.
  package func leastValues(of rows: Rows) -> [Double] {
    let network = bounds.network
    let (pass, gamma) = (BackwardPass(bounds), network.rounding.gamma)
    var traversal = Backpropagation<Rows>(through: network.network, to: .images)
    traversal.start(from: rows, at: network.network.outputIndex)
    var sums = [Double](repeating: 0, count: rows.count)
    // Transposed: a row for each scalar of the image and for the constants, a column for each function.
    var columns = Array(repeating: sums, count: bounds.region.count + 1)
    while let (node, rows) = traversal.next(adding: { _, a, b in a.sum(with: b) }) {
      if case .affine(let step) = network.steps[node] {
        pass.apply(step, at: node, rows, &traversal, &sums)
      } else if let band = bands[node] {
        for row in columns.indices {
          network.addLeastValues(of: rows, band.lower.row(row), band.upper.row(row), to: &columns[row])
        }
        // Each coefficient is one more sum of terms, of the sizes that the band knows.
        let slack = band.sizes.map { 4 * gamma * $0 + Rounding.underflow }
        network.addLeastValues(of: rows, slack.map { -$0 }, slack, to: &sums)
      }
    }
    let coefficients = Rows(count: rows.count, width: bounds.region.count) { result in
      for place in result.indices {
        let (row, column) = place.quotientAndRemainder(dividingBy: bounds.region.count)
        result[place] = columns[column][row]
      }
    }
    return bounds.region.leastValues(of: coefficients, added: zip(sums, columns[bounds.region.count]).map(+), bounds)
  }
}

extension BoundedNetwork {
  /// The nodes that are not affine and that the outputs are an affine function of.
  var affineSources: [Bool] {
    var (reached, result) = (steps.map { _ in false }, steps.map { _ in false })
    reached[network.outputIndex] = true
    for index in steps.indices.reversed() where reached[index] {
      guard case .affine = steps[index] else {
        result[index] = true
        continue
      }
      for input in network.nodes[index].inputs { reached[input] = true }
    }
    return result
  }
}

extension CertificationError {
  /// Throws where a product of numbers is above a limit.
  static func check(numbers factors: [Int], limit: Int, method: String) throws(CertificationError) {
    let product = factors.reduce(1) { product, factor in
      let (result, overflows) = product.multipliedReportingOverflow(by: factor)
      return overflows ? .max : result
    }
    guard product <= limit else { throw .tooLarge(method: method, numbers: product, limit: limit) }
  }
}
