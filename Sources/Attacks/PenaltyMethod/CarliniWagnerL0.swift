import Networks

/// The attack of Carlini and Wagner in L0: the one in L2 over fewer and fewer pixels.
///
/// With every adversarial point the pixels that matter least to it, by |change| · |gradient|, are held at their values
/// of the image: at least one and at most 0.3 √n of the n that have changed. Steps without an adversarial point double c;
/// the end is a c beyond 2·10⁶. Every channel counts for itself, as in the norm (`independent_channels` in the authors'
/// code).
struct CarliniWagnerL0 {
  let steps: Int
  let learningRate: Float
  let initialConst: Float
  let confidence: Float
  let abortEarly: Bool

  private static let largestConst: Float = 2e6
  /// A change that is no change, in units of the range.
  private static let smallestChange: Float = 1e-4
  /// A pixel that matters more than this is the last to be held in its turn.
  private static let largestLoss: Float = 0.01
  /// What the authors add to the confidence, so that the point survives the loss of small changes.
  private static let extraConfidence: Float = 0.01

  /// The nearest points found.
  func nearest(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    var nearest = NearestPoints(task)
    var descent = TanhDescent(task)
    descent.movable = Tensor(shape: task.images.shape, repeating: 1)
    var trials = task.ids.map { _ in Trial(self) }
    while !descent.isEmpty {
      if let open = descent.retireUnaffordable(model) { trials = open.map { trials[$0] } }
      guard !descent.isEmpty else { break }
      let look = try descent.look(
        constants: trials.map(\.constant), confidence: confidence + Self.extraConfidence, penalty: .squares,
        model: model)
      try enter(look, of: descent, into: &nearest, model: model)
      var isDone = look.isStuck
      var restarts: [Int] = []
      for row in trials.indices where !isDone[row] {
        if look.isReached[row] {
          isDone[row] = !hold(row, look, &descent, unit: Float(task.threat.bounds.widest))
          trials[row].advance(found: true)
          restarts.append(row)
        } else if trials[row].endsRound(look.losses[row], of: self) {
          trials[row].advance(found: false)
          isDone[row] = trials[row].constant >= Self.largestConst
        }
      }
      descent.descend(look, learningRate: learningRate, except: restarts)
      if let open = descent.retire(where: isDone) { trials = open.map { trials[$0] } }
    }
    return nearest.points
  }

  /// Enters the points that are adversarial, without changes too small to count.
  private func enter(
    _ look: TanhDescent.Look, of descent: TanhDescent, into nearest: inout NearestPoints, model: AttackedModel
  ) throws {
    let reached = look.isReached.indices.filter { look.isReached[$0] }
    guard !reached.isEmpty else { return }
    let part = descent.active.task.gathering(reached)
    let least = Self.smallestChange * Float(part.threat.bounds.widest)
    var points = look.pixels.gathering(reached)
    points.withUnsafeMutableScalars { points in
      part.images.withUnsafeScalars { images in
        for index in points.indices where abs(points[index] - images[index]) < least { points[index] = images[index] }
      }
    }
    let isReached = part.goal.isReached(by: try part.logits(of: points, model: model.queried))
    nearest.enter(points, where: isReached, rows: reached.map { descent.rows[$0] })
  }

  /// Holds the pixels that matter least.
  ///
  /// - Returns: Whether any may still move.
  private func hold(_ row: Int, _ look: TanhDescent.Look, _ descent: inout TanhDescent, unit: Float) -> Bool {
    let image = descent.active.task.images.examples(row..<row + 1).scalars
    let (point, slopes) = (look.pixels.examples(row..<row + 1).scalars, look.gradient.examples(row..<row + 1).scalars)
    let changes = zip(point, image).map { abs($0 - $1) / unit }
    let matters = zip(changes, slopes).map { $0 * abs($1) }
    let offset = row * image.count
    let limit = 0.3 * Float(changes.count { $0 >= Self.smallestChange }).squareRoot()
    var held = 0
    var isAnyMovable = false
    descent.movable?.withUnsafeMutableScalars { movable in
      let free = image.indices.filter { movable[offset + $0] == 1 }
      for pixel in free.sorted(by: { (matters[$0], $0) < (matters[$1], $1) }) {
        movable[offset + pixel] = 0
        held += 1
        if matters[pixel] > Self.largestLoss || Float(held) >= limit { break }
      }
      isAnyMovable = held < free.count
    }
    return isAnyMovable
  }

  /// Where an example is in its search.
  private struct Trial {
    private(set) var constant: Float
    private var progress: ProgressCheck
    private var step = 0

    init(_ attack: CarliniWagnerL0) {
      constant = attack.initialConst
      progress = ProgressCheck(steps: attack.steps, first: CarliniWagner.firstCheck(attack.learningRate))
    }

    mutating func endsRound(_ loss: Float, of attack: CarliniWagnerL0) -> Bool {
      let isStalled = attack.abortEarly && progress.hasStalled(step: step, loss: loss)
      step += 1
      return isStalled || step >= attack.steps
    }

    mutating func advance(found: Bool) {
      if !found { constant *= 2 }
      step = 0
      progress.restart()
    }
  }
}
