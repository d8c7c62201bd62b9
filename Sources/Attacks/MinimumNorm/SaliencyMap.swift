public import Hyperparameters
public import Networks

/// Pairs of pixels that raise the target's logit and lower the sum of the others, each moved by θ.
///
///     α = ∂z_t/∂x,  β = Σ_{k≠t} ∂z_k/∂x
///     (p, q) = argmax (α_p + α_q) · |β_p + β_q|  where θ(α_p + α_q) > 0 and θ(β_p + β_q) < 0
///
/// until x' is adversarial, or a share γ of the pixels would be exceeded. Papernot, McDaniel, Jha, Fredrikson, Celik and
/// Swami, *The limitations of deep learning in adversarial settings*, arXiv 1511.07528 (JSMA).
///
/// Logits are used, as in CleverHans and torchattacks. A pixel that is at the end of the box leaves the search. ART takes the
/// two pixels with the largest α and looks at no β; torchattacks takes the pixel 0 twice where no pair will do, where this
/// attack ends. The paper's attack has a target. Without one, the classes with the largest clean logits are the targets one
/// after the other (`target-classes`), and the point with the fewest changes counts; torchattacks takes the class after the label,
/// ART a random one.
public struct SaliencyMap: MinimumNormAttack {
  /// Name, title and source.
  public static let method = Method(
    name: "jsma", title: "Jacobian saliency map", summary: "Moves the pairs of pixels that favour a target class most.",
    citation: "Papernot, McDaniel, Jha, Fredrikson, Celik and Swami, arXiv 1511.07528")
  /// That of the paper.
  public static let norms: [Norm] = [.l0]

  /// How far a pixel is moved at a time; down where it is negative.
  public var theta: Float = 1
  /// The share of the pixels that may be moved at most.
  public var gamma: Float = 0.1
  /// The classes tried where there is no target.
  public var targets = 9

  /// All of them.
  public static let hyperparameters: [Hyperparameter<SaliencyMap>] = [
    .number("theta", \.theta, .from(-1e6, to: 1e6), unit: "pixels", "How far a pixel moves at a time; down below 0."),
    .number("gamma", \.gamma, .above(0, to: 1), "The largest share of pixels that is moved."),
    .integer(
      "target-classes", \.targets, in: 1...1_000_000, "Classes tried one after the other where none is the target."),
  ]

  /// Two gradients for each pair of the 784 pixels of an MNIST image; the number of pixels is not known here.
  public var passesPerExample: Double { 4 * Double(targets) * Double(gamma) * 784 / 2 }

  /// Pixels are moved by 1, a tenth of them at most.
  public init() {}

  /// Creates an attack.
  public init(theta: Float, gamma: Float = SaliencyMap().gamma, targets: Int = SaliencyMap().targets) {
    self.theta = theta
    self.gamma = gamma
    self.targets = targets
  }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    var nearest = NearestPoints(task)
    for (rows, classes) in try rounds(task, model: model) {
      try run(task.gathering(rows), towards: classes, rows: rows, &nearest, model: model)
    }
    return nearest.points
  }

  /// The target classes one after the other, each with the rows of the examples that have it.
  private func rounds(_ task: AttackTask, model: AttackedModel) throws -> [(rows: [Int], classes: [Int])] {
    guard case .misclassify = task.goal else { return [(Array(0..<task.count), task.goal.classes)] }
    let rows = task.affordable(Array(0..<task.count), by: model.queried)
    guard !rows.isEmpty else { return [] }
    let part = task.gathering(rows)
    let rivals = part.goal.rivals(by: try part.logits(of: part.images, model: model.queried), count: targets)
    return (0..<(rivals[0].count)).map { index in (rows, rivals.map { $0[index] }) }
  }

  /// One target for each example.
  private func run(
    _ task: AttackTask, towards classes: [Int], rows: [Int], _ nearest: inout NearestPoints, model: AttackedModel
  ) throws {
    var active = ActivePoints(task, points: task.images)
    var (rows, classes) = (rows, classes)
    let ranges = PixelRanges(task.threat.bounds, example: task.images.shape.example)
    func keep(_ open: [Int]?) {
      guard let open else { return }
      (rows, classes) = (open.map { rows[$0] }, open.map { classes[$0] })
    }
    // In single precision a fifth of 20 is 4, and no rounding adds a pair.
    let pairs = Int((gamma * Float(task.images.exampleSize) / 2).rounded(.up))
    for step in 0...pairs {
      keep(active.retireUnaffordable(model.pullbackLogitsAreExact ? 2 : 3, model: model.queried))
      guard !active.isEmpty else { return }
      var (logits, raising) = try active.task.gradient(at: active.points, ofLogits: classes, model: model)
      let reached = active.task.goal.isReached(by: logits)
      let isReached = try active.task.confirmed(reached, at: active.points, model: model)
      nearest.enter(active.points, where: isReached, rows: rows)
      let changes = Norm.l0.distances(from: active.task.images, to: active.points)
      // Of another target fewer changes were enough.
      let isDone = rows.indices.map { isReached[$0] || changes[$0] >= nearest.distances[rows[$0]] }
      if let open = active.retire(where: isDone) {
        keep(open)
        raising = raising.gathering(open)
      }
      guard !active.isEmpty, step < pairs else { return }
      let lowering = try gradientOfOthers(active, than: classes, model: model)
      keep(active.retire(where: move(&active, raising, lowering, ranges).map { !$0 }))
    }
  }

  private func gradientOfOthers(
    _ active: ActivePoints, than classes: [Int], model: AttackedModel
  ) throws -> Tensor<Float> {
    try model.pullback(at: active.points, for: active.task.ids) { logits, rows in
      var cotangent = Tensor<Float>(shape: logits.shape, repeating: 1)
      let size = logits.exampleSize
      cotangent.withUnsafeMutableScalars { cotangent in
        for (position, row) in rows.enumerated() { cotangent[position * size + classes[row]] = 0 }
      }
      return cotangent
    }.gradient
  }

  /// Moves the best pair of every example.
  ///
  /// - Returns: Which examples have one.
  private func move(
    _ active: inout ActivePoints, _ raising: Tensor<Float>, _ lowering: Tensor<Float>, _ ranges: PixelRanges
  ) -> [Bool] {
    let size = raising.exampleSize
    let isUsable = zip(raising.finiteExamples, lowering.finiteExamples).map { $0 && $1 }
    return isUsable.indices.map { row in
      guard isUsable[row] else { return false }
      return active.points.withUnsafeMutableScalars { points in
        raising.withUnsafeScalars { raising in
          lowering.withUnsafeScalars { lowering in
            let sign: Float = theta < 0 ? -1 : 1
            let free = (0..<size).filter { pixel in
              let value = points[row * size + pixel]
              return theta < 0 ? value > ranges.lowers[pixel] : value < ranges.uppers[pixel]
            }
            let gains = free.map { (sign * raising[row * size + $0], -sign * lowering[row * size + $0]) }
            guard let pair = Self.bestPair(gains) else { return false }
            for pixel in [free[pair.0], free[pair.1]] {
              let moved = points[row * size + pixel] + theta
              points[row * size + pixel] = max(ranges.lowers[pixel], min(ranges.uppers[pixel], moved))
            }
            return true
          }
        }
      }
    }
  }

  /// The two entries with the largest product of the sums of either part, both sums positive; of equal ones the first.
  ///
  /// The product is at most a quarter of the square of all four numbers' sum: with the entries ordered by the sum of their
  /// parts, most pairs need no look.
  static func bestPair(_ gains: [(Float, Float)]) -> (Int, Int)? {
    let sums = gains.map { Double($0.0) + Double($0.1) }
    let order = gains.indices.sorted { (sums[$1], $0) < (sums[$0], $1) }
    var best: (Int, Int)?
    var largest = 0.0
    for (place, first) in order.enumerated() {
      for second in order[(place + 1)...] {
        let bound = (sums[first] + sums[second]) / 2
        // What follows is smaller still. A little slack for the rounding of the products.
        guard bound > 0, bound * bound * (1 + 1e-12) > largest else { break }
        let raised = Double(gains[first].0) + Double(gains[second].0)
        let lowered = Double(gains[first].1) + Double(gains[second].1)
        guard raised > 0, lowered > 0, raised * lowered > largest else { continue }
        (best, largest) = ((first, second), raised * lowered)
      }
    }
    return best
  }
}
