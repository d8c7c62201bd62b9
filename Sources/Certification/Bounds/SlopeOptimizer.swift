internal import Networks

/// Gradient ascent on the bounds of a backward pass: over the slopes of each row, and its multipliers.
///
/// A bound is piecewise linear in them, and its derivatives follow from one pass forward (`replay`). Steps are those of
/// Adam (Kingma and Ba, arXiv 1412.6980), for every row by itself. Every pass gives valid bounds; the best of each row are
/// kept.
package struct SlopeOptimizer: Sendable {
  /// The number of steps.
  var steps = 20
  /// The first step of a slope.
  var slopeRate = 0.2
  /// The first step of a multiplier.
  var multiplierRate = 0.1
  /// The factor of both after each step.
  var decay = 0.97

  /// Makes bounds larger.
  ///
  /// - Parameters:
  ///   - slopes: The slopes and multipliers to begin with; afterwards the best of each row.
  ///   - bounds: The bounds of the nodes.
  ///   - end: The node where passes begin.
  ///   - target: What is enough: the search ends when all rows are above it.
  ///   - isCancelled: Whether to stop with what there is.
  ///   - pass: A backward pass with the slopes.
  /// - Returns: The best bound of each row.
  func run(
    _ slopes: RowSlopes, _ bounds: NetworkBounds, before end: Int, target: Double = .infinity,
    isCancelled: () -> Bool = { false }, pass: (BackwardPass) -> (bounds: [Double], coefficients: Rows)
  ) -> [Double] {
    var best = [Double](repeating: -.infinity, count: slopes.count)
    var bestLayers = slopes.layers
    var bestMultipliers = slopes.multipliers
    var moments = Moments(slopes)
    var (slopeRate, multiplierRate) = (slopeRate, multiplierRate)
    for step in 0...steps {
      let (values, coefficients) = pass(BackwardPass(bounds, slopes: slopes))
      for row in values.indices where values[row] > best[row] {
        best[row] = values[row]
        slopes.copy(row, to: &bestLayers, &bestMultipliers)
      }
      guard step < steps, best.contains(where: { $0 <= target }), !isCancelled() else { break }
      let points = bounds.region.minimizers(of: coefficients)
      let inputs = bounds.replay(points, slopes, before: end)
      moments.ascend(slopes, inputs, bounds.network, step: step + 1, slopeRate, multiplierRate)
      slopeRate *= decay
      multiplierRate *= decay
    }
    slopes.layers = bestLayers
    slopes.multipliers = bestMultipliers
    return best
  }
}

/// The moments of Adam.
private struct Moments {
  private static let (first, second, epsilon) = (0.9, 0.999, 1e-8)

  private var slopeMoments: [Int: (first: [Double], second: [Double])]
  private var multiplierMoments: [[(first: Double, second: Double)]]

  init(_ slopes: RowSlopes) {
    slopeMoments = slopes.layers.mapValues { layer in
      let zeros = [Double](repeating: 0, count: layer.slopes.count)
      return (zeros, zeros)
    }
    multiplierMoments = slopes.decisions.map { $0.map { _ in (0, 0) } }
  }

  /// One step up. `inputs` are the values at the inputs of the rectifiers.
  mutating func ascend(
    _ slopes: RowSlopes, _ inputs: [Int: Rows], _ network: BoundedNetwork, step: Int, _ slopeRate: Double,
    _ multiplierRate: Double
  ) {
    let corrections = (1 - pow(Self.first, step), 1 - pow(Self.second, step))
    for node in slopes.layers.keys.sorted() {
      guard let values = inputs[node], let coefficients = slopes.coefficients[node] else { continue }
      ascend(node, slopes, values, coefficients, corrections, slopeRate)
    }
    for row in slopes.decisions.indices {
      for (index, decision) in slopes.decisions[row].enumerated() {
        guard let values = inputs[decision.layer] else { continue }
        let value = values.scalars[row * values.width + decision.neuron]
        let gradient = decision.isPositive ? -value : value
        var moment = multiplierMoments[row][index]
        let change = Self.step(gradient, &moment.first, &moment.second, corrections)
        multiplierMoments[row][index] = moment
        slopes.multipliers[row][index] = max(0, slopes.multipliers[row][index] + multiplierRate * change)
      }
    }
  }

  private mutating func ascend(
    _ node: Int, _ slopes: RowSlopes, _ values: Rows, _ coefficients: Rows, _ corrections: (Double, Double),
    _ rate: Double
  ) {
    guard var layer = slopes.layers[node], var moments = slopeMoments[node] else { return }
    // So that the arrays are changed in place.
    slopes.layers[node] = nil
    slopeMoments[node] = nil
    let (count, width) = (layer.neurons.count, values.width)
    values.withUnsafeScalars { values in
      coefficients.withUnsafeScalars { coefficients in
        for place in layer.slopes.indices {
          let (row, neuron) = (place / count, layer.neurons[place % count])
          let coefficient = coefficients[row * width + neuron]
          let gradient = coefficient > 0 ? coefficient * values[row * width + neuron] : 0
          let change = Self.step(gradient, &moments.first[place], &moments.second[place], corrections)
          layer.slopes[place] = min(max(layer.slopes[place] + rate * change, layer.leaks[place % count]), 1)
        }
      }
    }
    slopes.layers[node] = layer
    slopeMoments[node] = moments
  }

  @inline(__always)
  private static func step(
    _ gradient: Double, _ first: inout Double, _ second: inout Double, _ corrections: (Double, Double)
  ) -> Double {
    guard gradient.isFinite else { return 0 }
    first = Self.first * first + (1 - Self.first) * gradient
    second = Self.second * second + (1 - Self.second) * gradient * gradient
    return first / corrections.0 / ((second / corrections.1).squareRoot() + epsilon)
  }
}

private func pow(_ base: Double, _ exponent: Int) -> Double {
  (0..<exponent).reduce(1.0) { product, _ in product * base }
}

extension RowSlopes {
  /// Copies what one row has.
  func copy(_ row: Int, to layers: inout [Int: Layer], _ multipliers: inout [[Double]]) {
    for (node, layer) in self.layers {
      let range = row * layer.neurons.count..<(row + 1) * layer.neurons.count
      layers[node]?.slopes.replaceSubrange(range, with: layer.slopes[range])
    }
    multipliers[row] = self.multipliers[row]
  }
}
