internal import Networks

/// Linear functions of the image below and above each scalar of a node, for all inputs of a region.
struct LinearBand: Sendable {
  /// Below: a row for each scalar of the image, and one for the constants.
  var lower: Rows
  /// Above.
  var upper: Rows
  /// For each scalar the sum of the largest sizes of all terms of both.
  let sizes: [Double]

  init(lower: Rows, upper: Rows, _ bounds: NetworkBounds) {
    (self.lower, self.upper) = (lower, upper)
    sizes = zip(bounds.sizes(ofColumns: lower), bounds.sizes(ofColumns: upper)).map(+)
  }

  /// The image itself.
  init(image bounds: NetworkBounds) {
    let count = bounds.region.count
    let parts = [Rows(unitsAt: Array(0..<count), width: count), Rows(count: 1, width: count)]
    let units = Rows(joining: parts, width: count)
    self.init(lower: units, upper: units, bounds)
  }

  /// The row of the constants.
  private var constants: Int { lower.count - 1 }

  /// Moves both apart.
  private mutating func widen(by slack: [Double]) {
    lower.add(slack.map { -$0 }, toRow: constants)
    upper.add(slack, toRow: constants)
  }

  /// The band of an affine operation: `W⁺L + W⁻U` below, `W⁺U + W⁻L` above.
  ///
  /// With the middle M = (L + U)/2 and the reach R = (U − L)/2 these are `W M ∓ |W| R`. Each coefficient is off by γ times the
  /// sum of its terms' sizes, so that the function at a point of the region is off by γ times the sizes `|W| s + |b|`
  /// (s those of the inputs, which are at least |M| + |R|), and by the factors' own errors. The constants pay for that.
  init(
    _ step: AffineStep, _ inputs: [LinearBand], width: Int, _ bounds: NetworkBounds, workers: Workers
  ) throws {
    let size = bounds.network.largestRowCount
    let middle = try step.products(inputs.map(\.middle), width: width, size: size, workers: workers)
    let reach = try step.products(inputs.map(\.reach), width: width, isAbsolute: true, size: size, workers: workers)
    var (lower, upper) = (middle.combined(with: reach, 1, -1), middle.combined(with: reach, 1, 1))
    if let constants = step.constants {
      lower.add(constants, toRow: lower.count - 1)
      upper.add(constants, toRow: upper.count - 1)
    }
    self.init(lower: lower, upper: upper, bounds)
    widen(by: step.slack(step.sizes(inputs.map(\.sizes), width: width), bounds.network.rounding))
  }

  private var middle: Rows { lower.combined(with: upper, 0.5, 0.5) }
  private var reach: Rows { lower.combined(with: upper, -0.5, 0.5) }

  /// The band of an operation that is not affine: the line below is put into the function that bounds its input on the side
  /// that its slope asks for.
  ///
  /// A coefficient is a product of two numbers, or a sum of two of these; so the sizes of the inputs times the slopes, and γ,
  /// bound what rounding does.
  init(_ relaxation: NodeRelaxation, _ inputs: [LinearBand], width: Int, _ bounds: NetworkBounds) {
    let count = bounds.region.count
    var (lower, upper) = (Rows(count: count + 1, width: width), Rows(count: count + 1, width: width))
    var sizes = relaxation.positive.indices.map { max(abs(relaxation.positive[$0]), abs(relaxation.negative[$0])) }
    for (terms, input) in zip(relaxation.terms(widths: inputs.map(\.lower.width)), inputs) {
      lower.add(terms.lower, positive: input.lower, negative: input.upper)
      upper.add(terms.upper, positive: input.upper, negative: input.lower)
      for place in sizes.indices {
        sizes[place] += abs(terms.lower.slopes[place]) * input.sizes[terms.lower.source(of: place)]
        sizes[place] += abs(terms.upper.slopes[place]) * input.sizes[terms.upper.source(of: place)]
      }
    }
    lower.add(relaxation.positive, toRow: count)
    upper.add(relaxation.negative, toRow: count)
    self.init(lower: lower, upper: upper, bounds)
    let gamma = bounds.network.rounding.gamma
    widen(by: sizes.map { 4 * gamma * $0 + Rounding.underflow })
  }

  /// Lower bounds of the scalars and then of their negatives.
  func leastValues(_ bounds: NetworkBounds, workers: Workers) throws -> [Double] {
    let slack = sizes.map { 2 * bounds.network.rounding.gamma * $0 }
    let below = zip(lower.row(constants), slack).map { $0 - $1 }
    let above = zip(upper.row(constants), slack).map { -$0 - $1 }
    return try bounds.leastValues(ofColumns: lower, added: below, workers: workers)
      + bounds.leastValues(ofColumns: upper, sign: -1, added: above, workers: workers)
  }
}

/// For each scalar of a node a scalar of one input, and a factor.
struct SlopedSources: Sendable {
  /// The scalars of the input; nil where each scalar has its own.
  var sources: [Int32]?
  /// The factors.
  var slopes: [Double]

  func source(of place: Int) -> Int { sources.map { Int($0[place]) } ?? place }
}

extension NodeRelaxation {
  /// What bounds the node as a function of each of its inputs; nothing where numbers bound it.
  ///
  /// - Parameter widths: The numbers of the inputs' scalars.
  /// - Returns: The terms below and above for each input.
  func terms(widths: [Int]) -> [(lower: SlopedSources, upper: SlopedSources)] {
    switch kind {
    case .lines(let lines):
      return [(SlopedSources(slopes: lines.lowerSlope), SlopedSources(slopes: lines.upperSlope))]
    case .selection(let selection):
      let below = SlopedSources(sources: selection.below, slopes: selection.below.map { _ in 1 })
      let above = SlopedSources(
        sources: selection.above.map { max($0, 0) }, slopes: selection.above.map { $0 < 0 ? 0 : 1 })
      return [(below, above)]
    case .planes(let planes):
      func terms(_ lower: [Double], _ upper: [Double], _ width: Int) -> (SlopedSources, SlopedSources) {
        let sources = lower.indices.map { Int32($0 / (lower.count / width)) }
        return (SlopedSources(sources: sources, slopes: lower), SlopedSources(sources: sources, slopes: upper))
      }
      return [
        terms(planes.lowerX, planes.upperX, widths[0]), terms(planes.lowerY, planes.upperY, widths[1]),
      ]
    case .constants: return []
    }
  }
}

extension Rows {
  /// `a · self + b · other`, number by number.
  fileprivate func combined(with other: Rows, _ a: Double, _ b: Double) -> Rows {
    Rows(count: count, width: width) { result in
      withUnsafeScalars { first in
        other.withUnsafeScalars { second in
          for place in result.indices { result[place] = a * first[place] + b * second[place] }
        }
      }
    }
  }

  /// Adds the factors' products with rows of an input: with `positive` where a factor is positive, else with `negative`.
  mutating func add(_ terms: SlopedSources, positive: Rows, negative: Rows) {
    let width = positive.width
    forEachMutableRow { row, sums in
      positive.withUnsafeScalars { positive in
        negative.withUnsafeScalars { negative in
          let start = row * width
          for place in sums.indices {
            let (slope, source) = (terms.slopes[place], start + terms.source(of: place))
            sums[place] += slope * (slope > 0 ? positive[source] : negative[source])
          }
        }
      }
    }
  }
}
