internal import Networks

/// How the distance of two inputs is measured.
enum InputDistance: Sendable {
  /// The largest change of a scalar, each in a unit of its own.
  case largest(units: [Double])
  /// The Euclidean length in one unit.
  case euclidean(unit: Double)
  /// The sum of changes in one unit.
  case sum(unit: Double)

  /// The most that each of `count` scalars changes at distance 1.
  func changes(count: Int) -> [Double] {
    switch self {
    case .largest(let units): units
    case .euclidean(let unit), .sum(let unit): [Double](repeating: unit, count: count)
    }
  }

  /// The most that a linear function changes at distance 1: the dual norm of its coefficients, about.
  func change(of coefficients: UnsafeBufferPointer<Double>) -> Double {
    switch self {
    case .largest(let units):
      return zip(coefficients, units).reduce(0) { $0 + abs($1.0) * $1.1 }
    case .euclidean(let unit):
      // Scaled, so that no square overflows or underflows.
      let largest = coefficients.reduce(0) { max($0, abs($1)) }
      guard largest > 0, largest.isFinite else { return coefficients.reduce(0) { $0 + abs($1) } * unit }
      return coefficients.reduce(0) { $0 + ($1 / largest) * ($1 / largest) }.squareRoot() * largest * unit
    case .sum(let unit):
      return coefficients.reduce(0) { abs($1) <= $0 || $0.isNaN ? $0 : abs($1) } * unit
    }
  }
}

/// Bounds on how much the nodes of a network change between two inputs of a convex region at distance 1.
///
/// For two inputs the change of a node that is not affine is a slope from a known range times the change of its input. With
/// the middle of the range as the slope, functions of the outputs go back to the image as in CROWN; what the slopes lie off
/// costs half the range times the most that the neuron changes, which is known from the nodes before.
struct SlopePass: Sendable {
  let bounds: NetworkBounds
  let distance: InputDistance
  /// The most that each scalar of each node so far changes.
  private(set) var changes: [[Double]] = []
  private var slopes: [NodeSlopes?] = []
  /// What a coefficient 1 of each affine node costs in rounding errors.
  private var errors: [[Double]] = []

  init(_ bounds: NetworkBounds, _ distance: InputDistance, workers: Workers) throws {
    (self.bounds, self.distance) = (bounds, distance)
    let areRead = bounds.network.boundedNodes
    for index in bounds.network.steps.indices {
      append(index)
      guard index > 0, areRead[index] else { continue }
      try refine(index, workers: workers)
    }
  }

  private mutating func append(_ index: Int) {
    let network = bounds.network
    let inputs = network.network.nodes[index].inputs.map { changes[$0] }
    var (own, error): (NodeSlopes?, [Double]) = (nil, [])
    switch network.steps[index] {
    case .input: changes.append(distance.changes(count: network.width(of: index)))
    case .affine(let step):
      let sizes = step.products(
        inputs.map { Rows(count: 1, width: $0.count, scalars: $0) }, width: network.width(of: index), isAbsolute: true
      ).scalars
      let share = 4 * (network.rounding.gamma + step.relativeError)
      error = sizes.map { share * $0 + Rounding.underflow }
      changes.append(zip(sizes, error).map(+))
    case .elementwise, .maximum, .product, .softmax, .normalization:
      let slopes = bounds.slopes(of: index, changes: changes)
      changes.append(slopes.changes(inputs).map { $0 * (1 + 4 * network.rounding.gamma) })
      own = slopes
    }
    slopes.append(own)
    errors.append(error)
  }

  /// Makes the changes of a node less where a backward pass finds better bounds; of those alone whose slopes are open.
  private mutating func refine(_ node: Int, workers: Workers) throws {
    let network = bounds.network
    let indices =
      network.readersNeedSignAlone(of: node) ? bounds.nodes[node].unstable : Array(0..<network.width(of: node))
    let parts = shardRanges(count: indices.count, size: network.largestRowCount)
    let pass = self
    let found = try workers.map(parts.count) { part in
      pass.changes(of: Rows(unitsAt: Array(indices[parts[part]]), width: network.width(of: node)), at: node)
    }
    for (index, change) in zip(indices, found.joined()) where change < changes[node][index] {
      changes[node][index] = change
    }
  }

  /// The most that linear functions of a node change; ∞ where nothing is known.
  func changes(of rows: Rows, at node: Int) -> [Double] {
    let network = bounds.network
    var sums = [Double](repeating: 0, count: rows.count)
    var traversal = Backpropagation<Rows>(through: network.network, to: .images)
    traversal.start(from: rows, at: node)
    while let (node, rows) = traversal.next(adding: { _, a, b in a.sum(with: b) }) {
      let cost = slopes[node]?.remainder ?? errors[node]
      if !cost.isEmpty { network.addLeastValues(of: rows, cost.map { -$0 }, cost, to: &sums) }
      if case .affine(let step) = network.steps[node] {
        network.takeBack(rows, through: step, of: node, &traversal)
      } else if let slopes = slopes[node] {
        for (position, terms) in slopes.terms.enumerated() {
          let width = network.width(of: network.network.nodes[node].inputs[position])
          traversal.contribute(terms.takeBack(rows, width: width), to: position, of: node)
        }
      } else {
        rows.forEachRow { row, coefficients in sums[row] -= distance.change(of: coefficients) }
      }
    }
    // All terms have one sign, so that each sum is off by no more than γ of itself.
    return sums.map { sum in
      let change = -sum * (1 + 8 * network.rounding.gamma) + Rounding.underflow
      return change.isNaN ? .infinity : change
    }
  }
}

extension SlopedSources {
  /// Coefficients of a node's output as coefficients of the input.
  fileprivate func takeBack(_ rows: Rows, width: Int) -> Rows {
    var result = Rows(count: rows.count, width: width)
    result.forEachMutableRow { row, inputs in
      rows.withUnsafeScalars { outputs in
        for place in slopes.indices {
          inputs[source(of: place)] += slopes[place] * outputs[row * rows.width + place]
        }
      }
    }
    return result
  }
}
