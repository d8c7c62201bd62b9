public import Hyperparameters
public import Networks

/// σ-zero: descent of the difference of logits and a smooth count of changed scalars, after each step of which small
/// changes are undone.
///
///     L = max(z_y − max z_j, 0) + mean(δ² / (δ² + σ))
///     δ ← clip(x + δ − η Adam(∇L / ‖∇L‖∞)) − x;  τ ← τ ± t η, + where x + δ was adversarial;  δ ← 0 where |δ| < τ
///
/// Cinà, Villani, Pintor, Schönherr, Biggio and Pelillo, *σ-zero: gradient-based optimization of ℓ0-norm adversarial
/// examples*, arXiv 2402.01879. η falls to a tenth along a cosine. Step size and threshold are in widths of the pixel
/// box, σ in squares of them. The authors' code refuses targets; here they take the difference of logits towards the
/// target.
public struct SigmaZero: MinimumNormAttack {
  /// Name, title and source.
  public static let method = Method(
    name: "sigma-zero", title: "σ-zero",
    summary: "Descends a smooth count of the changed scalars and undoes small changes.",
    citation: "Cinà, Villani, Pintor, Schönherr, Biggio and Pelillo, arXiv 2402.01879")
  /// The number of scalars.
  public static let norms: [Norm] = [.l0]

  /// The number of steps; 1000 as in the paper.
  public var steps = 1000
  /// The size of the first step of Adam, in widths of the pixel box; the last is a tenth of it.
  public var stepSize: Float = 1
  /// What a change must be large against to count for a whole one, in squares of the width.
  public var sigma: Float = 0.001
  /// The first size below which a change is undone, in widths of the pixel box.
  public var threshold: Float = 0.3
  /// How much of a step size the threshold moves in a step.
  public var thresholdRate: Float = 0.01

  /// All of them.
  public static let hyperparameters: [Hyperparameter<SigmaZero>] = [
    .integer("steps", \.steps, in: 1...1_000_000, "The number of steps."),
    .number("step-size", \.stepSize, .above(0), unit: "pixel ranges", "The length of the first step of Adam."),
    .number("sigma", \.sigma, .above(0), unit: "squared pixel ranges", "The square of a change that counts by half."),
    .number("threshold", \.threshold, .from(0, to: 1), unit: "pixel ranges", "Smaller changes are undone, at first."),
    .number("threshold-rate", \.thresholdRate, .from(0, to: 1), "The change of the threshold over the step size."),
  ]

  /// A gradient for each step.
  public var passesPerExample: Double { 2 * Double(steps) }

  /// 1000 steps.
  public init() {}

  /// Creates an attack.
  public init(
    steps: Int, stepSize: Float = SigmaZero().stepSize, sigma: Float = SigmaZero().sigma,
    threshold: Float = SigmaZero().threshold, thresholdRate: Float = SigmaZero().thresholdRate
  ) {
    (self.steps, self.stepSize, self.sigma) = (steps, stepSize, sigma)
    (self.threshold, self.thresholdRate) = (threshold, thresholdRate)
  }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    var search = NearestPointSearch(task)
    let width = task.threat.bounds.meanWidth
    var moments = Moments(shape: task.images.shape)
    var thresholds = Array(repeating: threshold, count: task.count)
    for step in 0..<max(0, steps) {
      if let open = search.retireFinished(model: model) {
        moments = moments.gathering(open)
        thresholds = open.map { thresholds[$0] }
      }
      guard !search.isFinished else { break }
      var look = try search.look(along: .margin, model: model)
      descend(&look, at: search.active.points, of: search.task)
      // The step is made with the size before, the threshold moves by the new one, as in the authors' code.
      let size = cosineRate(max(step - 1, 0), of: steps, from: Double(stepSize), to: Double(stepSize) / 10)
      moments.step(&search.active.points, along: look.gradient, size: size * Double(width), number: step + 1)
      task.threat.bounds.clip(&search.active.points)
      let next = cosineRate(step, of: steps, from: Double(stepSize), to: Double(stepSize) / 10)
      for row in thresholds.indices {
        let change = thresholdRate * Float(next)
        thresholds[row] = min(max(thresholds[row] + (look.isReached[row] ? change : -change), 0), 1)
      }
      undo(&search.active.points, below: thresholds.map { $0 * width }, around: search.task.images)
    }
    return search.nearest.points
  }

  /// Makes of the gradient of the margin that of −L, scaled to a largest size of 1.
  private func descend(_ look: inout Look, at points: Tensor<Float>, of task: AttackTask) {
    let width = Double(task.threat.bounds.meanWidth)
    let sigma = Double(self.sigma) * width * width
    let changes = points.minus(task.images)
    let values = look.values
    look.gradient.forEachExample(with: changes) { row, gradient, changes in
      // From the boundary on the difference of logits counts no more.
      let isBeyond = values[row] >= 0
      var largest: Float = 0
      for index in gradient.indices {
        let change = Double(changes[index])
        let spread = change * change + sigma
        let count = 2 * change * sigma / (spread * spread) / Double(gradient.count)
        gradient[index] = Float((isBeyond ? 0 : Double(gradient[index])) - count)
        largest = max(largest, abs(gradient[index]))
      }
      let factor = 1 / max(largest, 1e-12)
      for index in gradient.indices { gradient[index] *= factor }
    }
  }

  private func undo(_ points: inout Tensor<Float>, below thresholds: [Float], around images: Tensor<Float>) {
    points.forEachExample(with: images) { row, point, image in
      for index in point.indices where abs(point[index] - image[index]) < thresholds[row] {
        point[index] = image[index]
      }
    }
  }
}
