import Networks

/// Shi et al.'s regularisers of interval bounds while the radius rises: bounds should not grow wider from layer to
/// layer, and ReLUs should not all be switched off.
///
///     R = 1/m Σ over ReLU layers  [τ − t₀ / t]₊ / τ  +  ([τ − r(active means)]₊ + [τ − r(active variances)]₊) / τ
///
/// t is the mean half-width of the bounds that a layer of ReLUs reads, t₀ that of the input. The centres of neurons that
/// are always on are weighed against those of neurons that are always off, by mean and by squared distance from the
/// mean of all: r(a, b) = min(a / b, b / a). Means are taken over neurons and images; τ = ½.
///
/// Shi, Wang, Zhang, Yi and Hsieh, *Fast certified robust training with short warmup*, arXiv 2103.17268, with the
/// details of the authors' code. A layer of which no neuron is always off has no second term.
struct BoundRegularizer {
  /// The input, then the nodes that ReLUs read.
  let nodes: [InnerBounds]
  /// τ
  private static let tolerance = 0.5

  /// R, and its gradient times a weight added to that of the outputs.
  ///
  /// - Parameters:
  ///   - outputs: Those of an `IntervalNetwork`, `[N, …]`.
  ///   - weight: λ.
  ///   - gradient: As `outputs`.
  /// - Returns: R, without the weight.
  func callAsFunction(_ outputs: Tensor<Float>, weight: Double, addingTo gradient: inout Tensor<Float>) -> Double {
    let layers = nodes.dropFirst()
    let rootWidth = BoundMoments(of: nodes[0], in: outputs).meanWidth
    return layers.reduce(0) { sum, layer in
      let moments = BoundMoments(of: layer, in: outputs)
      let (value, slopes) = Self.terms(moments, rootWidth: rootWidth)
      slopes.add(weight / Double(layers.count), at: outputs, layer, moments, to: &gradient)
      return sum + value / Double(layers.count)
    }
  }

  /// The terms of one layer, and their derivatives.
  private static func terms(_ moments: BoundMoments, rootWidth: Double) -> (value: Double, slopes: MomentSlopes) {
    var slopes = MomentSlopes()
    var value = 0.0
    let width = max(moments.meanWidth, 1e-12)
    if rootWidth / width < tolerance {
      value += 1 - rootWidth / width / tolerance
      slopes.width = rootWidth / (width * width) / tolerance
    }
    guard moments.inactive.sum < 0 else { return (value, slopes) }
    let means = balance(moments.active.sum, -moments.inactive.sum)
    let variances = balance(
      moments.active.squares(around: moments.mean), moments.inactive.squares(around: moments.mean))
    (slopes.active.sum, slopes.inactive.sum) = (means.slopes.0, -means.slopes.1)
    (slopes.active.squares, slopes.inactive.squares) = variances.slopes
    return (value + means.value + variances.value, slopes)
  }

  /// [τ − min(a / b, b / a)]₊ / τ of numbers from 0, not both 0, and its derivatives.
  private static func balance(_ first: Double, _ second: Double) -> (value: Double, slopes: (Double, Double)) {
    let (small, large) = (min(first, second), max(first, second))
    guard small / large < tolerance else { return (0, (0, 0)) }
    let value = 1 - small / large / tolerance
    let slopes = (-1 / large / tolerance, small / (large * large) / tolerance)
    return (value, first < second ? slopes : (slopes.1, slopes.0))
  }
}

/// Sums over the neurons of one layer and all images.
private struct BoundMoments {
  /// Centres of neurons of one kind.
  struct Centres {
    var (count, sum, sumOfSquares) = (0.0, 0.0, 0.0)

    mutating func add(_ centre: Double) {
      count += 1
      sum += centre
      sumOfSquares += centre * centre
    }

    /// The sum of squared distances from a number; rounding must not make it negative.
    func squares(around mean: Double) -> Double {
      max(0, sumOfSquares - 2 * mean * sum + count * mean * mean)
    }
  }

  /// Neurons times images.
  let count: Double
  /// Of the centres of all.
  private(set) var mean = 0.0
  /// Of half the distances of lower and upper bounds.
  private(set) var meanWidth = 0.0
  /// Neurons that are always on.
  private(set) var active = Centres()
  /// Neurons that are always off.
  private(set) var inactive = Centres()

  init(of layer: InnerBounds, in outputs: Tensor<Float>) {
    let size = outputs.exampleSize
    count = Double(outputs.exampleCount * layer.count)
    outputs.withUnsafeScalars { outputs in
      for start in stride(from: 0, to: outputs.count, by: size) {
        layer.forEachPlace { _, lower, upper in
          let (low, high) = (Double(outputs[start + lower]), Double(outputs[start + upper]))
          let centre = (low + high) / 2
          mean += centre
          meanWidth += (high - low) / 2
          if low > 0 { active.add(centre) } else if high < 0 { inactive.add(centre) }
        }
      }
    }
    mean /= count
    meanWidth /= count
  }
}

/// Derivatives with respect to the sums of `BoundMoments`.
private struct MomentSlopes {
  /// With respect to the mean half-width.
  var width = 0.0
  /// With respect to the sum of centres, and the sum of their squared distances from the mean of all.
  var active = (sum: 0.0, squares: 0.0)
  /// The same of neurons that are off.
  var inactive = (sum: 0.0, squares: 0.0)

  /// Adds the gradient at the bounds, times a factor.
  func add(
    _ factor: Double, at outputs: Tensor<Float>, _ layer: InnerBounds, _ moments: BoundMoments,
    to gradient: inout Tensor<Float>
  ) {
    let size = outputs.exampleSize
    // Through the mean of all centres.
    let common =
      -2 / moments.count
      * (active.squares * (moments.active.sum - moments.active.count * moments.mean)
        + inactive.squares * (moments.inactive.sum - moments.inactive.count * moments.mean))
    let width = width / moments.count
    gradient.withUnsafeMutableScalars { gradient in
      outputs.withUnsafeScalars { outputs in
        for start in stride(from: 0, to: outputs.count, by: size) {
          layer.forEachPlace { _, lower, upper in
            let (low, high) = (Double(outputs[start + lower]), Double(outputs[start + upper]))
            var slope = common
            let distance = (low + high) / 2 - moments.mean
            if low > 0 {
              slope += active.sum + 2 * active.squares * distance
            } else if high < 0 {
              slope += inactive.sum + 2 * inactive.squares * distance
            }
            gradient[start + lower] += Float(factor * (slope - width) / 2)
            gradient[start + upper] += Float(factor * (slope + width) / 2)
          }
        }
      }
    }
  }
}
