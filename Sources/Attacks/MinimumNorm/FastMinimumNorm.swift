public import Hyperparameters
public import Networks

/// Fast minimum norm: gradient steps within a ball whose radius falls where the point is adversarial and grows where it
/// is not, until the radius is that of the boundary.
///
///     ε ← min((1 − γ) ε, ‖δ*‖)  if x + δ is adversarial;  else (1 + γ) ε  if any point was,
///         else (1 + γₙ) (‖δ‖ + |L| / ‖∇L‖q)
///     δ ← P(δ + α ∇L / ‖∇L‖₂)
///
/// Pintor, Roli, Brendel and Biggio, *Fast minimum-norm adversarial attacks through adaptive norm constraints*,
/// arXiv 2102.12827. L is the difference of logits, q the dual norm, δ* the nearest adversarial change so far; α and γ
/// fall along a cosine. In L0 the radius is a number of scalars, begins with 1 and changes by 1 at least. α is in widths
/// of the pixel box, which for pixels of [0, 1] are pixel units. The start is the image.
///
/// γₙ, the last γ, leads just over the linearised boundary; without it, as published, a nearly linear model may stand on
/// the near side of it by a rounding for ever. P is the exact projection onto ball and box together, in every norm. The authors' code and adv-lib rescale an L2
/// change to the radius even where it is shorter, and clip to the box afterwards; Foolbox does not project in L2 at all
/// (it divides the length by itself).
public struct FastMinimumNorm: MinimumNormAttack {
  /// Name, title and source.
  public static let method = Method(
    name: "fmn", title: "Fast minimum norm",
    summary: "Gradient steps within a ball that shrinks onto the nearest adversarial point.",
    citation: "Pintor, Roli, Brendel and Biggio, arXiv 2102.12827")
  /// All.
  public static let norms = Norm.allCases

  /// The number of steps; 100 as in Foolbox.
  public var steps = 100
  /// The size of the first step, in widths of the pixel box.
  public var stepSize: Float = 1
  /// That of the last step.
  public var lastStepSize: Float = 0.01
  /// The share by which the radius changes in the first step.
  public var gamma: Float = 0.05
  /// That of the last step.
  public var lastGamma: Float = 0.001

  /// All of them.
  public static let hyperparameters: [Hyperparameter<FastMinimumNorm>] = [
    .integer("steps", \.steps, in: 1...1_000_000, "The number of steps."),
    .number("step-size", \.stepSize, .above(0), unit: "pixel ranges", "The length of the first step."),
    .number("last-step-size", \.lastStepSize, .above(0), unit: "pixel ranges", "The length of the last step."),
    .number("gamma", \.gamma, .above(0, to: 0.99), "The share by which the radius changes in the first step."),
    .number("last-gamma", \.lastGamma, .above(0, to: 0.99), "That of the last step."),
  ]

  /// What it ascends.
  public var ascendedLoss: Loss? { .margin }

  /// A gradient for each step.
  public var passesPerExample: Double { 2 * Double(steps) }

  /// 100 steps.
  public init() {}

  /// Creates an attack.
  public init(
    steps: Int, stepSize: Float = FastMinimumNorm().stepSize, lastStepSize: Float = FastMinimumNorm().lastStepSize,
    gamma: Float = FastMinimumNorm().gamma, lastGamma: Float = FastMinimumNorm().lastGamma
  ) {
    (self.steps, self.stepSize, self.lastStepSize) = (steps, stepSize, lastStepSize)
    (self.gamma, self.lastGamma) = (gamma, lastGamma)
  }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    var search = NearestPointSearch(task)
    let width = task.threat.bounds.meanWidth
    var largest = task.threat.farthestDistances(from: task.images)
    var radii = Array(repeating: task.threat.norm == .l0 ? 1 : Float.infinity, count: task.count)
    for step in 0..<max(0, steps) {
      if let open = search.retireFinished(model: model) {
        (largest, radii) = (open.map { largest[$0] }, open.map { radii[$0] })
      }
      guard !search.isFinished else { break }
      let look = try search.look(along: .margin, model: model)
      let gamma = Float(cosineRate(step, of: steps, from: Double(self.gamma), to: Double(lastGamma)))
      let reaches = task.threat.norm == .l0 ? [] : reaches(of: look, search.task, search.active.points)
      for row in radii.indices {
        let radius =
          task.threat.norm == .l0
          ? count(radii[row], look.isReached[row], best: search.distances[row], gamma: gamma)
          : radius(radii[row], look.isReached[row], best: search.distances[row], reach: reaches[row], gamma: gamma)
        radii[row] = min(radius, largest[row])
      }
      let size = cosineRate(step, of: steps, from: Double(stepSize), to: Double(lastStepSize)) * Double(width)
      move(&search.active.points, along: look.gradient, by: size)
      task.threat.project(&search.active.points, around: search.task.images, radii: radii)
    }
    return search.nearest.points
  }

  private func radius(_ radius: Float, _ isReached: Bool, best: Float, reach: Float, gamma: Float) -> Float {
    if isReached { return min(radius * (1 - gamma), best) }
    return best < .infinity ? radius * (1 + gamma) : reach
  }

  /// The same for a number of scalars.
  private func count(_ count: Float, _ isReached: Bool, best: Float, gamma: Float) -> Float {
    isReached
      ? max(0, min(count - 1, (count * (1 - gamma)).rounded(.down), best))
      : max(count + 1, (count * (1 + gamma)).rounded(.down))
  }

  /// The distance of each point from its image, and that at which the linearised boundary lies, together: how far the
  /// boundary may be. Infinite where there is no gradient to tell.
  private func reaches(of look: Look, _ task: AttackTask, _ points: Tensor<Float>) -> [Float] {
    guard let dual = task.threat.norm.dual else { return [] }
    let slopes = dual.distances(from: Tensor(shape: points.shape), to: look.gradient)
    let distances = task.threat.distances(from: task.images, to: points)
    return distances.indices.map { row in
      let reach = (distances[row] + abs(look.values[row]) / slopes[row]) * (1 + lastGamma)
      return reach.isNaN ? .infinity : reach
    }
  }

  private func move(_ points: inout Tensor<Float>, along gradient: Tensor<Float>, by size: Double) {
    points.forEachExample(with: gradient) { _, point, gradient in
      let norm = length(gradient)
      guard norm > 0 else { return }
      let factor = size / norm
      for index in point.indices { point[index] = Float(Double(point[index]) + factor * Double(gradient[index])) }
    }
  }
}
