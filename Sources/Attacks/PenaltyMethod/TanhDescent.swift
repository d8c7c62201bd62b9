import Networks

/// Examples that descend by Adam in tanh space, each with a constant of its own.
///
///     minimise  c · max(0, κ − m(x')) + penalty(x' − x)   over w, with x' = a + b · tanh w
///
/// The examples are not in step with one another: each may begin again when it likes.
struct TanhDescent {
  /// How far from the image a point may be, and what it costs.
  enum Penalty {
    /// Σ δ², for L2.
    case squares
    /// Σ max(0, |δ| − τ) with a τ for each example, for L∞.
    case excess(over: [Float])
  }

  /// What a pass over the model tells of each example.
  struct Look {
    /// The points.
    let pixels: Tensor<Float>
    /// max(0, κ − m).
    let hinges: [Float]
    /// The hinge times its constant, and the penalty.
    let losses: [Float]
    /// The gradient of the loss by the variables.
    let gradient: Tensor<Float>
    /// Whether a point is what is wanted.
    let isReached: [Bool]
    /// Examples that can't go on: a gradient that is not finite, or one that is zero in the beginning.
    let isStuck: [Bool]
  }

  private(set) var active: ActivePoints
  /// The rows of the examples at work in the task.
  private(set) var rows: [Int]
  /// 1 where a pixel may move, 0 where it stays as in the image; nil where all may.
  var movable: Tensor<Float>?
  /// The variables with which the next beginning begins.
  private var origins: Tensor<Float>
  /// The images after their way through tanh space, from which penalties count.
  private var anchors: Tensor<Float>
  private var adam: AdamDescent
  private var isAtStart: [Bool]
  private let space: TanhSpace
  private let unit: Float

  /// All examples of a task at their images.
  init(_ task: AttackTask) {
    space = TanhSpace(task.threat.bounds, example: task.images.shape.example)
    unit = Float(task.threat.bounds.widest)
    origins = space.variables(of: task.images)
    anchors = space.pixels(of: origins).pixels
    active = ActivePoints(task, points: origins)
    rows = Array(0..<task.count)
    adam = AdamDescent(shape: task.images.shape)
    isAtStart = Array(repeating: true, count: task.count)
  }

  /// Whether every example is done.
  var isEmpty: Bool { active.isEmpty }

  /// Takes out the examples that are done.
  ///
  /// - Returns: Those still at work, of those that were; nil where all of them are.
  mutating func retire(where isDone: [Bool]) -> [Int]? { keep(active.retire(where: isDone)) }

  /// Takes out those that can't afford another look.
  ///
  /// - Returns: As `retire(where:)` does.
  mutating func retireUnaffordable(_ model: AttackedModel) -> [Int]? {
    keep(active.retireUnaffordable(model.pullbackLogitsAreExact ? 1 : 3, model: model.queried))
  }

  private mutating func keep(_ open: [Int]?) -> [Int]? {
    guard let open else { return nil }
    rows = open.map { rows[$0] }
    isAtStart = open.map { isAtStart[$0] }
    origins = origins.gathering(open)
    anchors = anchors.gathering(open)
    movable = movable?.gathering(open)
    adam.keep(open)
    return open
  }

  /// Lets an example begin again.
  ///
  /// - Parameters:
  ///   - row: The example, of those at work.
  ///   - here: Whether it begins where it is now, and not at the image.
  mutating func restart(_ row: Int, here: Bool = false) {
    if !here { active.points.scatter(origins.examples(row..<row + 1), to: [row]) }
    isAtStart[row] = true
    adam.reset(row)
  }

  /// A step of every example against its gradient.
  mutating func descend(_ look: Look, learningRate: Float) {
    adam.descend(&active.points, along: look.gradient, learningRate: learningRate)
    for row in isAtStart.indices { isAtStart[row] = false }
  }

  /// The same, but that some examples begin again where they are.
  mutating func descend(_ look: Look, learningRate: Float, except restarts: [Int]) {
    let here = active.points.gathering(restarts)
    descend(look, learningRate: learningRate)
    active.points.scatter(here, to: restarts)
    for row in restarts { restart(row, here: true) }
  }

  /// A pass over the model at the points of now.
  ///
  /// - Parameters:
  ///   - constants: The weight of the hinge of each example.
  ///   - confidence: By how much the goal is to be exceeded.
  ///   - penalty: That of the distance.
  ///   - model: The model.
  /// - Returns: What it tells.
  /// - Throws: What the model throws.
  func look(
    constants: [Float], confidence: Float, penalty: Penalty, model: AttackedModel
  ) throws -> Look {
    var (pixels, slopes) = space.pixels(of: active.points)
    hold(&pixels, &slopes)
    var (logits, hinges, gradient) = try active.task.hinge(
      at: pixels, confidence: confidence, constants: constants, model: model)
    var losses = [Float](repeating: 0, count: rows.count)
    let size = pixels.exampleSize
    gradient.withUnsafeMutableScalars { gradient in
      pixels.withUnsafeScalars { pixels in
        anchors.withUnsafeScalars { anchors in
          slopes.withUnsafeScalars { slopes in
            for row in losses.indices {
              var sum: Float = 0
              for index in row * size..<(row + 1) * size {
                let (value, slope) = penalty.term((pixels[index] - anchors[index]) / unit, row: row, unit: unit)
                // A pixel that is held back has no slope, and counts for nothing.
                if slopes[index] > 0 { sum += value }
                gradient[index] = (gradient[index] + slope / unit) * slopes[index]
              }
              losses[row] = constants[row] * hinges[row] + sum
            }
          }
        }
      }
    }
    let isZero = gradient.zeroExamples
    return Look(
      pixels: pixels, hinges: hinges, losses: losses, gradient: gradient,
      isReached: try active.task.reached(by: logits, hinges: hinges, at: pixels, model: model),
      isStuck: gradient.finiteExamples.enumerated().map { !$1 || (isAtStart[$0] && isZero[$0]) })
  }

  private func hold(_ pixels: inout Tensor<Float>, _ slopes: inout Tensor<Float>) {
    guard let movable else { return }
    pixels.withUnsafeMutableScalars { pixels in
      slopes.withUnsafeMutableScalars { slopes in
        movable.withUnsafeScalars { movable in
          active.task.images.withUnsafeScalars { images in
            for index in pixels.indices where movable[index] == 0 {
              (pixels[index], slopes[index]) = (images[index], 0)
            }
          }
        }
      }
    }
  }
}

extension TanhDescent.Penalty {
  /// The share of one pixel in the penalty and its derivative, for a change in units of the widest range.
  @inline(__always)
  func term(_ change: Float, row: Int, unit: Float) -> (value: Float, slope: Float) {
    switch self {
    case .squares: (change * change, 2 * change)
    case .excess(let thresholds):
      abs(change) > thresholds[row] / unit ? (abs(change) - thresholds[row] / unit, change > 0 ? 1 : -1) : (0, 0)
    }
  }
}
