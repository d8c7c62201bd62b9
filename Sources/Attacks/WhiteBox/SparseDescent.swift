public import Hyperparameters
public import Networks

/// Projected gradient descent in L1 whose steps move the few pixels with the steepest gradients, all by the same amount.
///
///     e = sign ∇L(x) where |∇L(x)| is at least its quantile q;  x ← P(x + α · e / ‖e‖₁)
///
/// Tramèr and Boneh, *Adversarial training and robustness for multiple perturbations*, arXiv 1904.13000 (SLIDE). Step size in
/// stored pixel units. As in Foolbox' SparseL1DescentAttack a gradient that points out of the pixel range counts as zero,
/// quantiles are interpolated linearly, and 10 steps of ε/5 start at the image. The projection is the exact one onto ball and
/// box together; Foolbox projects onto the ball, then clips.
public struct SparseDescent: SteppingAttack {
  /// Name, title and source.
  public static let method = Method(
    name: "slide", title: "Sparse L1 descent", summary: "Steps that move the few pixels with the steepest gradients.",
    citation: "Tramèr and Boneh, arXiv 1904.13000")
  /// The one that it is for.
  public static let norms: [Norm] = [.l1]

  /// The number of steps.
  public var steps = 10
  /// The size of a step, or nothing for 2 ε over their number.
  public var stepSize: Float?
  /// The share of the pixels that a step leaves alone.
  public var quantile: Float = 0.99
  /// The number of runs.
  public var restarts = 1
  /// Whether the first run starts at a random point of the ball. Later ones always do.
  public var randomStart = false
  /// Whether an example leaves with its first adversarial point.
  public var earlyStop = true
  /// What is ascended.
  public var loss: Loss = .crossEntropy

  /// All of them.
  public static let hyperparameters: [Hyperparameter<SparseDescent>] = [
    .steps, .stepSize,
    .number("quantile", \.quantile, .from(0, to: 1), "The share of the pixels that a step leaves alone."),
    .restarts(\.restarts), .randomStart(\.randomStart), .earlyStop, .loss(\.loss),
  ]

  /// Foolbox': 10 steps of 0.2 ε.
  static let pathLength: Float = 2

  /// The defaults.
  public init() {}

  func start(of task: AttackTask, restart: Int) -> Tensor<Float> {
    task.randomStart(restart: restart, unlessFirst: !randomStart)
  }

  func direction(of task: AttackTask, model: AttackedModel) -> SparseDirection {
    SparseDirection(gradient: LossGradient(loss: loss), quantile: Double(quantile))
  }

  /// By the direction itself.
  func move(_ points: inout Tensor<Float>, along direction: Tensor<Float>, stepSize: Float, of task: AttackTask) {
    task.displace(&points, by: direction, times: stepSize)
  }
}

/// The signs of the steepest gradients, of sum 1.
struct SparseDirection: StepDirection {
  let gradient: LossGradient
  let quantile: Double

  func next(
    at points: Tensor<Float>, of task: AttackTask, step: Int, model: AttackedModel
  ) throws -> (logits: Tensor<Float>, direction: Tensor<Float>) {
    var (logits, found) = try gradient.next(at: points, of: task, step: step, model: model)
    found.withUnsafeMutableScalars { found in
      points.withUnsafeScalars { points in
        for run in task.threat.bounds.runs(of: task.images.shape) {
          for index in run.indices where !isFree(points[index], found[index], run.range) { found[index] = 0 }
        }
      }
      let size = max(task.images.exampleSize, 1)
      for start in stride(from: 0, to: found.count, by: size) {
        keepSteepest(UnsafeMutableBufferPointer(rebasing: found[start..<start + size]))
      }
    }
    return (logits, found)
  }

  /// Whether the range lets a pixel follow its gradient; NaN is no direction.
  private func isFree(_ pixel: Float, _ gradient: Float, _ range: ClosedRange<Float>) -> Bool {
    gradient > 0 ? pixel < range.upperBound : gradient < 0 && pixel > range.lowerBound
  }

  private func keepSteepest(_ gradient: UnsafeMutableBufferPointer<Float>) {
    let threshold = quantile(of: gradient.map { abs($0) }.sorted())
    let isKept = { (value: Float) in value != 0 && Double(abs(value)) >= threshold }
    let share = 1 / Float(max(gradient.count(where: isKept), 1))
    for index in gradient.indices {
      gradient[index] = isKept(gradient[index]) ? (gradient[index] > 0 ? share : -share) : 0
    }
  }

  /// Between the two sorted values beside the place q (n − 1).
  private func quantile(of sorted: [Float]) -> Double {
    guard !sorted.isEmpty else { return 0 }
    let place = quantile * Double(sorted.count - 1)
    let lower = min(Int(place), sorted.count - 1)
    let (low, high) = (Double(sorted[lower]), Double(sorted[min(lower + 1, sorted.count - 1)]))
    guard high.isFinite else { return low.isFinite && place == Double(lower) ? low : high }
    return low + (place - Double(lower)) * (high - low)
  }

  func keep(_ open: [Int]) {}
}
