import Networks

/// Examples that descend by steps with shrinkage and momentum (FISTA), each with a constant of its own.
struct ShrinkingDescent {
  /// What a step tells of each example.
  struct Look {
    /// The points after the step.
    var points: Tensor<Float>
    /// max(0, κ − m) there.
    var hinges: [Float]
    /// ‖δ‖² + β‖δ‖₁ there, in units of the pixel range.
    var elasticNets: [Float]
    /// ‖δ‖₁ there.
    var lengths: [Float]
    /// Whether a point is what is wanted.
    var isReached: [Bool]
    /// Examples that can't go on: a gradient that is not finite, or one that is zero in the beginning.
    var isStuck: [Bool]
  }

  /// The points at which gradients are taken, which may lie a little outside the box.
  private var active: ActivePoints
  /// The rows of the examples at work in the task.
  private(set) var rows: [Int]
  /// Those that are judged.
  private var points: Tensor<Float>
  private let beta: Float
  private let unit: Float
  private let ranges: PixelRanges

  /// All examples of a task at their images.
  init(_ task: AttackTask, beta: Float) {
    active = ActivePoints(task, points: task.images)
    points = task.images
    rows = Array(0..<task.count)
    self.beta = beta
    unit = Float(task.threat.bounds.widest)
    ranges = PixelRanges(task.threat.bounds, example: task.images.shape.example)
  }

  /// Whether every example is done.
  var isEmpty: Bool { active.isEmpty }

  /// Takes out the examples that are done.
  ///
  /// - Returns: Those still at work, of those that were; nil where all of them are.
  mutating func retire(where isDone: [Bool]) -> [Int]? { keep(active.retire(where: isDone)) }

  /// Takes out those that can't afford another step.
  ///
  /// - Returns: As `retire(where:)` does.
  mutating func retireUnaffordable(_ model: AttackedModel) -> [Int]? {
    keep(active.retireUnaffordable(2, model: model.queried))
  }

  private mutating func keep(_ open: [Int]?) -> [Int]? {
    guard let open else { return nil }
    rows = open.map { rows[$0] }
    points = points.gathering(open)
    return open
  }

  /// Puts an example back to its image.
  mutating func restart(_ row: Int) {
    let image = active.task.images.examples(row..<row + 1)
    active.points.scatter(image, to: [row])
    points.scatter(image, to: [row])
  }

  /// A step of every example.
  ///
  /// - Parameters:
  ///   - plans: Constant, number of the step and step size of each example.
  ///   - confidence: By how much the goal is to be exceeded.
  ///   - model: The model.
  /// - Returns: What it tells.
  /// - Throws: What the model throws.
  mutating func step(
    _ plans: [(constant: Float, step: Int, size: Float)], confidence: Float, model: AttackedModel
  ) throws -> Look {
    let task = active.task
    let (_, _, gradient) = try task.hinge(
      at: active.points, confidence: confidence, constants: plans.map(\.constant), model: model)
    let isZero = gradient.zeroExamples
    let isStuck = gradient.finiteExamples.enumerated().map { !$1 || (plans[$0].step == 0 && isZero[$0]) }
    for row in plans.indices where !isStuck[row] { shrink(row, gradient, plans[row]) }
    let logits = try task.logits(of: points, model: model.queried)
    let hinges = task.hinges(of: logits, confidence: confidence)
    let squares = Norm.l2.distances(from: task.images, to: points).map { ($0 / unit) * ($0 / unit) }
    let lengths = Norm.l1.distances(from: task.images, to: points)
    return Look(
      points: points, hinges: hinges, elasticNets: zip(squares, lengths).map { $0 + beta * $1 / unit },
      lengths: lengths, isReached: zip(task.goal.isReached(by: logits), hinges).map { $0 && $1 <= 0 },
      isStuck: isStuck)
  }

  /// The step of one example: from `active.points` to `points`, and onwards by the momentum.
  private mutating func shrink(
    _ row: Int, _ gradient: Tensor<Float>, _ plan: (constant: Float, step: Int, size: Float)
  ) {
    let size = points.exampleSize
    let momentum = Float(plan.step) / Float(plan.step + 3)
    let threshold = beta * unit
    active.task.images.withUnsafeScalars { images in
      gradient.withUnsafeScalars { gradient in
        points.withUnsafeMutableScalars { points in
          active.points.withUnsafeMutableScalars { looked in
            for index in row * size..<(row + 1) * size {
              let (image, last) = (images[index], points[index])
              let slope = gradient[index] * unit * unit + 2 * (looked[index] - image)
              let moved = looked[index] - plan.size * slope
              if moved - image > threshold {
                points[index] = min(moved - threshold, ranges.uppers[index - row * size])
              } else if moved - image < -threshold {
                points[index] = max(moved + threshold, ranges.lowers[index - row * size])
              } else {
                points[index] = image
              }
              looked[index] = points[index] + momentum * (points[index] - last)
            }
          }
        }
      }
    }
  }
}
