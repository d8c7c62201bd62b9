internal import Networks

/// A part of a region in which the sign of every rectifier's input is decided: there a network of rectifiers is affine, and
/// a query a linear program.
///
/// The functions are at most 0 and the decisions hold at some point just where the least value of the largest of them all is
/// at most 0. The program's point is then tried, its mixture otherwise bounded. Both are checked in ways of their own, so that
/// the program need not be exact. A ball is cut off plane by plane where a point lies outside.
struct DecidedPart {
  let network: BoundedNetwork
  let query: Query
  let bounds: NetworkBounds
  let decisions: [RowSlopes.Decision]
  /// How often a plane is added.
  private static let mostCuts = 60

  private var end: Int { network.network.outputIndex }

  /// The answer for this part.
  func answer() -> Answer {
    let region = bounds.region
    var program = MinimaxProgram(gradients: [], constants: [], lower: region.lower, upper: region.upper)
    let scales = append(functions, to: &program) + append(conditions, to: &program)
    var best = -Double.infinity
    for _ in 0..<Self.mostCuts {
      let solution = program.solve()
      if solution.value > 0 {
        let bound = self.bound(solution.weights, scales)
        if bound > 0 { return .excluded }
        best = max(best, bound)
      }
      if let input = solution.point.withUnsafeBufferPointer({ network.counterexample(to: query, at: $0) }) {
        return .found(input)
      }
      guard let cut = region.cut(from: solution.point) else { break }
      program.gradients.append(cut.gradient)
      program.constants.append(cut.constant)
    }
    return .open(bound: best)
  }

  /// Affine functions of the image: rows that came from a backward pass, with their least values over the box.
  private typealias Affine = (bounds: [Double], coefficients: Rows)

  private var functions: Affine {
    let bounds = bounds.withoutBall()
    let rows = query.functions.rows
    let slopes = RowSlopes(
      bounds, before: end + 1, count: rows.count, decisions: Array(repeating: decisions, count: rows.count))
    let (values, coefficients) = BackwardPass(bounds, slopes: slopes).leastValues(of: rows, at: end)
    return (query.functions.adding(values), coefficients)
  }

  /// For each decision the input of its neuron, or its negative: what must not be above 0.
  private var conditions: Affine {
    let bounds = bounds.withoutBall()
    var values = [Double](repeating: 0, count: decisions.count)
    var rows = Rows(count: decisions.count, width: network.width(of: 0))
    for layer in Set(decisions.map(\.layer)) {
      let own = decisions.indices.filter { decisions[$0].layer == layer }
      let node = network.network.nodes[layer].inputs[0]
      let slopes = RowSlopes(
        bounds, before: node, count: 2 * own.count, decisions: Array(repeating: decisions, count: 2 * own.count))
      let (found, coefficients) = BackwardPass(bounds, slopes: slopes).leastValues(
        ofScalars: own.map { decisions[$0].neuron }, at: node)
      for (place, index) in own.enumerated() {
        let source = decisions[index].isPositive ? own.count + place : place
        values[index] = found[source]
        rows.copy(row: source, of: coefficients, to: index)
      }
    }
    return (values, rows)
  }

  /// Appends functions, divided by the sizes of their gradients.
  ///
  /// - Returns: What they were multiplied by.
  private func append(_ affine: Affine, to program: inout MinimaxProgram) -> [Double] {
    let points = bounds.withoutBall().region.minimizers(of: affine.coefficients)
    let width = affine.coefficients.width
    return affine.bounds.indices.map { row in
      let gradient = Array(affine.coefficients.scalars[row * width..<(row + 1) * width])
      let point = points.scalars[row * width..<(row + 1) * width]
      let constant = affine.bounds[row] - zip(gradient, point).reduce(0) { $0 + $1.0 * $1.1 }
      let size = gradient.reduce(0) { $0 + abs($1) }
      let scale = size > 0 && size < .infinity ? 1 / size : 1
      program.gradients.append(gradient.map { $0 * scale })
      program.constants.append(constant * scale)
      return scale
    }
  }

  /// A lower bound of a mixture of functions and conditions. Where all of them are at most 0, so is the mixture.
  private func bound(_ weights: [Double], _ scales: [Double]) -> Double {
    let own = query.functions
    let width = own.rows.width
    let factors = zip(weights, scales).map { $0 * $1 }
    var (mixture, sizes, constant) = ([Double](repeating: 0, count: width), [Double](repeating: 0, count: width), 0.0)
    var size = 0.0
    for (share, (coefficients, own)) in zip(factors, zip(own.coefficients, own.constants)) {
      constant += share * own
      size += abs(share * own)
      for place in mixture.indices {
        mixture[place] += share * coefficients[place]
        sizes[place] += abs(share * coefficients[place])
      }
    }
    let slopes = RowSlopes(bounds, before: end + 1, count: 1, decisions: [decisions])
    slopes.multipliers = [Array(factors[own.count..<own.count + decisions.count])]
    let value = BackwardPass(bounds, slopes: slopes).leastValues(
      of: Rows(count: 1, width: width, scalars: mixture), at: end
    ).bounds[0]
    // The mixture's own rounding: a sum of so many products in each coefficient.
    for (place, magnitude) in bounds.nodes[end].magnitudes.enumerated() { size += sizes[place] * magnitude }
    return (value + constant - Double(2 * own.count + 8) * 0x1p-52 * size - Rounding.underflow).nextDown.asLowerBound
  }
}

extension InputRegion {
  /// A plane that touches the ball and has a point outside beyond it: gradient · x + constant ≤ 0 in the ball. Nil for a point
  /// in it.
  fileprivate func cut(from point: [Double]) -> (gradient: [Double], constant: Double)? {
    guard let ball else { return nil }
    let change = zip(point, ball.center).map { $0 - $1 }
    let isL1 = ball.norm == .l1
    let size = isL1 ? change.reduce(0) { $0 + abs($1) } : change.reduce(0) { $0 + $1 * $1 }.squareRoot()
    guard size > ball.radius * (1 + 1e-10) else { return nil }
    let gradient = isL1 ? change.map { $0 > 0 ? 1.0 : $0 < 0 ? -1 : 0 } : change.map { $0 / size }
    return (gradient, -ball.radius - zip(gradient, ball.center).reduce(0) { $0 + $1.0 * $1.1 })
  }
}
