public import Hyperparameters
public import Networks

/// Decoupled direction and norm: the perturbation turns along the gradient, and its length falls where it is
/// adversarial and grows where it is not.
///
///     δ ← δ + α ∇L / ‖∇L‖;  ε ← (1 − γ) ε if x + δ was adversarial, else (1 + γ) ε;  δ ← clip(x + ε δ / ‖δ‖) − x
///
/// Rony, Hafemann, Oliveira, Ben Ayed, Sabourin and Granger, *Decoupling direction and norm for efficient
/// gradient-based L2 adversarial attacks and defenses*, arXiv 1811.09600. L is the cross-entropy, and α falls from 1 to
/// 0.01 along a cosine. α and the first ε are in widths of the pixel box, which for pixels of [0, 1] are pixel units.
///
/// The authors (and adv-lib, advertorch) round every point to 256 levels of the box; Foolbox does not. Here it is asked
/// for by `levels`, and off by default: an evaluation tells which results survive 8 bits, and images that are not on
/// the grid themselves, such as digits of 17 levels, would be moved by the rounding alone.
public struct DecoupledDirectionNorm: MinimumNormAttack {
  /// Name, title and source.
  public static let method = Method(
    name: "ddn", title: "Decoupled direction and norm",
    summary: "Turns along the gradient; shortens what is adversarial and lengthens what is not.",
    citation: "Rony, Hafemann, Oliveira, Ben Ayed, Sabourin and Granger, arXiv 1811.09600")
  /// The Euclidean one.
  public static let norms: [Norm] = [.l2]

  /// The number of steps; 100 as in adv-lib, advertorch and Foolbox.
  public var steps = 100
  /// The share by which the length changes in a step.
  public var gamma: Float = 0.05
  /// The first length, in widths of the pixel box.
  public var initialNorm: Float = 1
  /// The number of values that a pixel may have, evenly spaced over the box; 0 for all.
  public var levels = 0

  /// All of them.
  public static let hyperparameters: [Hyperparameter<DecoupledDirectionNorm>] = [
    .integer("steps", \.steps, in: 1...1_000_000, "The number of steps."),
    .number("gamma", \.gamma, .above(0, to: 0.99), "The share by which the length changes in a step."),
    .number("init-norm", \.initialNorm, .above(0), unit: "pixel ranges", "The first length."),
    .integer("levels", \.levels, in: 0...65_536, "Values that a pixel may have, 0 for all; 256 as in the paper."),
  ]

  /// A gradient for each step.
  public var passesPerExample: Double { 2 * Double(steps) }

  /// 100 steps.
  public init() {}

  /// Creates an attack.
  public init(
    steps: Int, gamma: Float = DecoupledDirectionNorm().gamma,
    initialNorm: Float = DecoupledDirectionNorm().initialNorm, levels: Int = DecoupledDirectionNorm().levels
  ) {
    (self.steps, self.gamma, self.initialNorm, self.levels) = (steps, gamma, initialNorm, levels)
  }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    var search = NearestPointSearch(task)
    let width = task.threat.bounds.meanWidth
    var largest = task.threat.farthestDistances(from: task.images)
    var lengths = Array(repeating: initialNorm * width, count: task.count)
    for step in 0..<max(0, steps) {
      if let open = search.retireFinished(model: model) {
        (largest, lengths) = (open.map { largest[$0] }, open.map { lengths[$0] })
      }
      guard !search.isFinished else { break }
      var look = try search.look(along: .crossEntropy, model: model)
      for row in lengths.indices {
        lengths[row] = min(lengths[row] * (look.isReached[row] ? 1 - gamma : 1 + gamma), largest[row])
      }
      look.gradient.replaceZeroExamples(by: search.task.random, ids: search.task.ids, step: step)
      let size = cosineRate(step, of: steps, from: 1, to: 0.01) * Double(width)
      turn(&search.active.points, along: look.gradient, by: size, to: lengths, around: search.task.images)
      round(&search.active.points, of: search.task)
    }
    return search.nearest.points
  }

  /// Moves the points along their gradients and puts them at their lengths from the images.
  private func turn(
    _ points: inout Tensor<Float>, along gradient: Tensor<Float>, by size: Double, to lengths: [Float],
    around images: Tensor<Float>
  ) {
    images.withUnsafeScalars { images in
      points.forEachExample(with: gradient) { row, point, gradient in
        let first = row * point.count
        let factor = size / max(length(gradient), .leastNormalMagnitude)
        var squares = 0.0
        for index in point.indices {
          let change = Double(point[index]) - Double(images[first + index]) + factor * Double(gradient[index])
          squares += change * change
        }
        let scale = squares > 0 ? Double(lengths[row]) / squares.squareRoot() : 0
        for index in point.indices {
          let image = Double(images[first + index])
          let change = Double(point[index]) - image + factor * Double(gradient[index])
          point[index] = Float(image + scale * change)
        }
      }
    }
  }

  /// Puts the points into the box, and on its levels where there are some.
  private func round(_ points: inout Tensor<Float>, of task: AttackTask) {
    task.threat.bounds.clip(&points)
    guard levels > 1 else { return }
    let runs = task.threat.bounds.runs(of: points.shape)
    points.withUnsafeMutableScalars { points in
      for (indices, range) in runs {
        let spacing = (Double(range.upperBound) - Double(range.lowerBound)) / Double(levels - 1)
        for index in indices {
          let level = ((Double(points[index]) - Double(range.lowerBound)) / spacing).rounded(.toNearestOrEven)
          points[index] = min(Float(Double(range.lowerBound) + level * spacing), range.upperBound)
        }
      }
    }
  }
}
