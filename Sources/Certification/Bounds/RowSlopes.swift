internal import Networks

/// What optimisation changes in a backward pass: for each row, the slopes below rectifiers of either sign, and what a row
/// knows about the signs of some neurons with a multiplier for each.
///
/// Slopes: α-CROWN, Xu et al., *Fast and complete: enabling complete verification with rapid and massively parallel
/// incomplete verifiers*, arXiv 2011.13824. Multipliers: β-CROWN, Wang et al., arXiv 2103.06624. Any slope between those
/// of the two halves and any multiplier of at least 0 gives a valid bound, so the search for good ones needs no proof.
/// The rounding error of a relaxation is that of the steepest line that may be taken (`NodeRelaxation`).
package final class RowSlopes: RowRelaxation, @unchecked Sendable {
  /// The neurons of one rectifier whose sign is open, and the rows' slopes there.
  package struct Layer {
    /// The neurons whose line below may have other slopes.
    package let neurons: [Int]
    /// Those with a slope above 1 below zero, which makes the function concave: the line below is the chord. Their sign can be
    /// decided, too.
    package let concave: [Int]
    /// The least slope that each may have; the largest is 1, or the other way round.
    package let leaks: [Double]
    /// The slopes, row by row.
    package var slopes: [Double]
  }

  /// A neuron whose sign is decided in a row.
  package struct Decision: Sendable, Hashable {
    /// The rectifier.
    package let layer: Int
    /// The neuron.
    package let neuron: Int
    /// Whether its input is at least 0; otherwise at most 0.
    package let isPositive: Bool
  }

  /// The rectifiers by node.
  package var layers: [Int: Layer] = [:]
  /// What is decided in each row.
  package let decisions: [[Decision]]
  /// The multiplier of each decision.
  package var multipliers: [[Double]]
  /// The coefficients at the outputs of the non-linear nodes, from the last pass.
  package private(set) var coefficients: [Int: Rows] = [:]
  /// The number of rows.
  package let count: Int

  /// Slopes that are those of the bounds for every row.
  package init(_ bounds: NetworkBounds, before end: Int, count: Int, decisions: [[Decision]]? = nil) {
    self.count = count
    self.decisions = decisions ?? Array(repeating: [], count: count)
    multipliers = self.decisions.map { $0.map { _ in 0 } }
    for node in 0..<end {
      guard case .lines(let lines)? = bounds.relaxations[node]?.kind, let leaks = bounds.network.leaks(of: node) else {
        continue
      }
      let input = bounds.nodes[bounds.network.network.nodes[node].inputs[0]]
      let (neurons, concave) = (input.unstable.filter { leaks($0) < 1 }, input.unstable.filter { leaks($0) > 1 })
      guard !neurons.isEmpty || !concave.isEmpty else { continue }
      let own = neurons.map { lines.lowerSlope[$0] }
      layers[node] = Layer(
        neurons: neurons, concave: concave, leaks: neurons.map(leaks), slopes: (0..<count).flatMap { _ in own })
    }
  }

  package func relax(_ node: Int, _ rows: inout Rows, _ sums: inout [Double], _ bounds: NetworkBounds) -> Bool {
    coefficients[node] = rows
    guard let layer = layers[node], let relaxation = bounds.relaxations[node], case .lines(let lines) = relaxation.kind
    else { return false }
    let input = bounds.network.network.nodes[node].inputs[0]
    let leaks = bounds.network.leaks(of: node) ?? { _ in 0 }
    var (lower, upper) = (lines.lowerSlope, lines.upperSlope)
    var (positive, negative) = (relaxation.positive, relaxation.negative)
    let rowCount = count
    let width = rows.width
    var moved = sums
    rows.withUnsafeMutableScalars { rows in
      for row in 0..<rowCount {
        let own = UnsafeMutableBufferPointer(rebasing: rows[row * width..<(row + 1) * width])
        for (place, neuron) in layer.neurons.enumerated() {
          lower[neuron] = layer.slopes[row * layer.neurons.count + place]
          positive[neuron] = -relaxation.error[neuron]
        }
        var decided: [Int] = []
        for decision in decisions[row] where decision.layer == node {
          let neuron = decision.neuron
          let slope = decision.isPositive ? 1 : leaks(neuron)
          (lower[neuron], upper[neuron]) = (slope, slope)
          (positive[neuron], negative[neuron]) = (-relaxation.error[neuron], relaxation.error[neuron])
          decided.append(neuron)
        }
        bounds.network.relax(own, lower, upper, positive, negative, sum: &moved[row])
        moved[row] -= relaxation.loss
        for (index, decision) in decisions[row].enumerated() where decision.layer == node {
          // f ≥ f − β z where z ≥ 0, and f + β z where z ≤ 0.
          let multiplier = multipliers[row][index]
          own[decision.neuron] -= decision.isPositive ? multiplier : -multiplier
          // The multiplier's share of the coefficient is rounded, here and where contributions of several readers are
          // added.
          let size = max(
            abs(bounds.nodes[input].lower[decision.neuron]), abs(bounds.nodes[input].upper[decision.neuron]))
          moved[row] -= 2 * bounds.network.rounding.gamma * multiplier * size
        }
        for neuron in decided {
          upper[neuron] = lines.upperSlope[neuron]
          negative[neuron] = relaxation.negative[neuron]
          lower[neuron] = lines.lowerSlope[neuron]
          positive[neuron] = relaxation.positive[neuron]
        }
      }
    }
    sums = moved
    return true
  }
}

extension BoundedNetwork {
  /// The slope below zero of each neuron of a rectifier; nil for other nodes.
  func leaks(of node: Int) -> ((Int) -> Double)? {
    switch steps[node] {
    case .elementwise(.activation(.relu)): { _ in 0 }
    case .elementwise(.activation(.leakyReLU(let slope))): { _ in Double(slope) }
    case .elementwise(.rectifier(let slopes)): { slopes[$0] }
    case .input, .affine, .elementwise, .maximum, .product, .softmax, .normalization: nil
    }
  }

  fileprivate func relax(
    _ row: UnsafeMutableBufferPointer<Double>, _ lower: [Double], _ upper: [Double], _ positive: [Double],
    _ negative: [Double], sum: inout Double
  ) {
    positive.withUnsafeBufferPointer { positive in
      negative.withUnsafeBufferPointer { negative in
        withUnsafeMutablePointer(to: &sum) {
          kernels.addLeastValues(
            ofRows: UnsafeBufferPointer(row), lower: positive, upper: negative,
            to: UnsafeMutableBufferPointer(start: $0, count: 1))
        }
      }
    }
    lower.withUnsafeBufferPointer { lower in
      upper.withUnsafeBufferPointer { kernels.scale(rows: row, positive: lower, negative: $0) }
    }
  }
}
