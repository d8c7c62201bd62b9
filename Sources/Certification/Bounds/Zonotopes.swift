public import Hyperparameters
public import Networks

/// Zonotopes (DeepZ): every scalar as an affine function of the image and of noise that each non-linear neuron adds.
///
/// Singh, Gehr, Mirman, Püschel and Vechev, *Fast and effective robustness certification*, NeurIPS 2018. An activation lies
/// between two parallel lines; the place between them is a noise of the neuron's own, which all later neurons share. For
/// ReLU this is CROWN with equal slopes, computed the other way round: a second opinion. The image's part is bounded
/// over the region itself, so that a ball stays a ball.
public struct Zonotopes: BoundMethod {
  /// Name, title and source.
  public static let method = Method(
    name: "zonotope", title: "Zonotopes", summary: "Affine functions of image and noise, forward (DeepZ).",
    citation: "Singh et al., NeurIPS 2018")

  /// Whether intervals decide where they are tighter.
  public var keepsIntervals = true

  /// All of them.
  public static let hyperparameters: [Hyperparameter<Zonotopes>] = [
    .flag("intervals", \.keepsIntervals, "Take what intervals show, where that is more.")
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
    let pass = try ZonotopePass(network, over: region, keepsIntervals: keepsIntervals, workers: workers)
    return functions.adding(pass.leastValues(of: functions.rows))
  }
}

/// The bounds of all nodes, and the affine forms of the outputs.
package struct ZonotopePass: Sendable {
  /// Intervals; relaxations with equal slopes.
  package private(set) var bounds: NetworkBounds
  private var forms: [Int: AffineForms] = [:]

  /// The most coefficients in memory: 2 GiB.
  static let limit = 1 << 28

  /// Takes the image's scalars forward.
  package init(
    _ network: BoundedNetwork, over region: InputRegion, keepsIntervals: Bool = true, workers: Workers
  ) throws {
    bounds = NetworkBounds(of: network, over: region, lowerSlope: .same)
    let (areRead, areExact) = (network.boundedNodes, network.hasExactIntervals)
    let lastReads = network.network.lastReads
    for index in network.steps.indices {
      bounds.appendIntervals()
      let form = try form(of: index, workers: workers)
      forms[index] = form
      for unread in lastReads[index] { forms[unread] = nil }
      guard index > 0, areRead[index], !areExact[index] || region.ball != nil else { continue }
      if !keepsIntervals { bounds.forget(index) }
      bounds.intersect(
        index, Array(0..<network.width(of: index)), try form.leastValues(bounds, workers: workers))
    }
  }

  private func form(of index: Int, workers: Workers) throws -> AffineForms {
    let network = bounds.network
    let width = network.width(of: index)
    try check(symbols: bounds.region.count + 1, width: width)
    guard index > 0 else { return AffineForms(image: bounds) }
    let inputs = network.network.nodes[index].inputs.compactMap { forms[$0] }
    // Behind the noise of all nodes that are still read: nodes of different branches share none.
    let symbols = forms.values.reduce(0) { max($0, $1.rows.count) }
    if case .affine(let step) = network.steps[index] {
      try check(symbols: symbols, width: width)
      return try AffineForms(step, inputs, width: width, bounds, workers: workers)
    }
    let lines = parallelLines(of: index)
    try check(symbols: symbols + width, width: width)
    return AffineForms(lines, inputs[0], firstNoise: symbols, bounds)
  }

  private func parallelLines(of index: Int) -> ParallelLines {
    let (network, own) = (bounds.network, bounds.nodes[index])
    if case .elementwise(let function) = network.steps[index] {
      return ParallelLines(function, on: bounds.nodes[network.network.nodes[index].inputs[0]])
    }
    if case .selection(let selection)? = bounds.relaxations[index]?.kind { return ParallelLines(selection, own) }
    return ParallelLines(level: own)
  }

  private func check(symbols: Int, width: Int) throws(CertificationError) {
    let held = forms.values.reduce(0) { $0 + $1.rows.count * $1.rows.width }
    try CertificationError.check(
      numbers: [symbols + held / max(width, 1), width], limit: Self.limit, method: Zonotopes.method.name)
  }

  /// Lower bounds of linear functions of the outputs.
  package func leastValues(of rows: Rows) -> [Double] {
    let network = bounds.network
    let zero = [Double](repeating: 0, count: rows.count)
    guard let form = forms[network.network.outputIndex] else { return zero.map { _ in -.infinity } }
    let (count, gamma) = (bounds.region.count, network.rounding.gamma)
    // Each coefficient is one more sum of terms, of the sizes that the form knows.
    let slack = form.sizes.indices.map { form.error[$0] + 4 * gamma * form.sizes[$0] + Rounding.underflow }
    var sums = zero
    network.addLeastValues(of: rows, slack.map { -$0 }, slack, to: &sums)
    var coefficients = Rows(count: rows.count, width: count)
    for symbol in 0..<form.rows.count {
      var column = zero
      let own = form.rows.row(symbol)
      network.addLeastValues(of: rows, own, own, to: &column)
      if symbol < count {
        coefficients.forEachMutableRow { row, coefficients in coefficients[symbol] = column[row] }
      } else {
        for row in sums.indices { sums[row] += symbol == count ? column[row] : -abs(column[row]) }
      }
    }
    return bounds.region.leastValues(of: coefficients, added: sums, bounds)
  }
}

/// The scalars of a node as `Σ a x + a₀ + Σ g e`, x the image and every noise e from −1 to 1, each to within an error.
struct AffineForms: Sendable {
  /// A row for each scalar of the image, one for the constants, and one for each noise so far.
  private(set) var rows: Rows
  /// How far each scalar may lie from its form, because of rounding.
  let error: [Double]
  /// For each scalar the sum of the largest sizes of all terms, and the error.
  let sizes: [Double]

  private init(_ rows: Rows, error: [Double], _ bounds: NetworkBounds) {
    (self.rows, self.error) = (rows, error)
    sizes = zip(bounds.sizes(ofColumns: rows), error).map(+)
  }

  /// The image itself.
  init(image bounds: NetworkBounds) {
    let count = bounds.region.count
    let parts = [Rows(unitsAt: Array(0..<count), width: count), Rows(count: 1, width: count)]
    let units = Rows(joining: parts, width: count)
    self.init(units, error: [Double](repeating: 0, count: count), bounds)
  }

  /// An affine operation, which is exact but for rounding: each coefficient is off by γ times the sizes of its terms, and
  /// by the factors' own errors; together by γ times the sizes `|W| s + |b|` (s those of the inputs).
  init(_ step: AffineStep, _ inputs: [AffineForms], width: Int, _ bounds: NetworkBounds, workers: Workers) throws {
    let size = bounds.network.largestRowCount
    var rows = try step.products(inputs.map(\.rows), width: width, size: size, workers: workers)
    if let constants = step.constants { rows.add(constants, toRow: bounds.region.count) }
    let slack = step.slack(step.sizes(inputs.map(\.sizes), width: width), bounds.network.rounding)
    let errors = inputs.map { Rows(count: 1, width: $0.error.count, scalars: $0.error) }
    let error = step.products(errors, width: width, isAbsolute: true).scalars
    self.init(rows, error: zip(error, slack).map(+), bounds)
  }

  /// An operation that lies between parallel lines, with a new noise for each scalar where these are apart.
  ///
  /// - Parameters:
  ///   - lines: The lines.
  ///   - input: The forms that they are lines in.
  ///   - firstNoise: The row of the first new noise; the rows between are those of other nodes' noise.
  ///   - bounds: The region's.
  init(_ lines: ParallelLines, _ input: AffineForms, firstNoise: Int, _ bounds: NetworkBounds) {
    let (width, gamma) = (lines.lower.count, bounds.network.rounding.gamma)
    var (middle, reach, error) = (lines.lower, lines.lower, lines.lower)
    for place in 0..<width {
      let (below, above) = (lines.lower[place], lines.upper[place])
      // Of what is infinite nothing is known.
      middle[place] = (above - below).isFinite ? below / 2 + above / 2 : .nan
      reach[place] = below == above ? 0 : max(above - middle[place], middle[place] - below).nextUp
      error[place] = 4 * gamma * max(abs(below), abs(above)) + Rounding.underflow
      guard let terms = lines.terms else { continue }
      let (slope, source) = (abs(terms.slopes[place]), terms.source(of: place))
      error[place] += slope * (input.error[source] + 4 * gamma * input.sizes[source])
    }
    let noisy = (0..<width).filter { reach[$0] != 0 }
    var rows = Rows(count: noisy.isEmpty ? input.rows.count : firstNoise + noisy.count, width: width)
    if let terms = lines.terms { rows.add(terms, of: input.rows) }
    rows.add(middle, toRow: bounds.region.count)
    for (noise, place) in noisy.enumerated() { rows.set(reach[place], row: firstNoise + noise, column: place) }
    self.init(rows, error: error, bounds)
  }

  /// Lower bounds of the scalars and then of their negatives.
  func leastValues(_ bounds: NetworkBounds, workers: Workers) throws -> [Double] {
    let count = bounds.region.count
    var noise = error.indices.map { error[$0] + 4 * bounds.network.rounding.gamma * sizes[$0] + Rounding.underflow }
    rows.forEachRow { row, coefficients in
      guard row > count else { return }
      for place in noise.indices { noise[place] += abs(coefficients[place]) }
    }
    let constants = rows.row(count)
    let (below, above) = (zip(constants, noise).map { $0 - $1 }, zip(constants, noise).map { -$0 - $1 })
    return try bounds.leastValues(ofColumns: rows, added: below, workers: workers)
      + bounds.leastValues(ofColumns: rows, sign: -1, added: above, workers: workers)
  }
}
