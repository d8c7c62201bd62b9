import Networks

/// The examples of DeepFool on their way to the boundary.
struct DeepFoolWalk {
  private var active: ActivePoints
  /// What has been added to each image, before the overshoot.
  private var change: Tensor<Float>
  private var rows: [Int]
  private let model: AttackedModel

  /// The classes beyond whose boundary an example may go, as many for each example.
  private var rivals: [[Int]]
  private let rivalCount: Int

  /// All examples at their images.
  ///
  /// - Parameters:
  ///   - task: The examples.
  ///   - logits: Those of the images.
  ///   - classes: The number of classes looked at, that of the image among them.
  ///   - model: The model.
  init(_ task: AttackTask, logits: Tensor<Float>, classes: Int, model: AttackedModel) {
    active = ActivePoints(task, points: task.images)
    change = Tensor(shape: task.images.shape)
    rows = Array(0..<task.count)
    self.model = model
    rivals = task.goal.isTargeted ? [] : task.goal.rivals(by: logits, count: classes - 1)
    rivalCount = task.goal.isTargeted ? 1 : max(1, min(classes, logits.exampleSize) - 1)
  }

  /// Whether every example is done.
  var isEmpty: Bool { active.isEmpty }

  /// The last points of all examples.
  consuming func finished() -> Tensor<Float> { active.finished() }

  /// Lets those go whose query budget is too small for another step and for the look at its end.
  mutating func retireUnaffordable() {
    let passes = rivalCount + 1 + (model.pullbackLogitsAreExact ? 0 : 1)
    keep(active.retireUnaffordable(passes, model: model.queried))
  }

  /// Lets the adversarial ones go without a step.
  ///
  /// - Returns: Their rows in the task.
  mutating func retireAdversarial() throws -> [Int] {
    let logits = try active.task.logits(of: active.points, model: model.queried)
    return retire(reached: active.task.goal.isReached(by: logits))
  }

  /// Lets the adversarial ones go and moves the others onto the nearest boundary; those without a direction go too.
  ///
  /// - Returns: The rows of the adversarial ones in the task.
  mutating func step(overshoot: Float) throws -> [Int] {
    var (logits, best) = try directions(toRival: 0)
    let reached = active.task.goal.isReached(by: logits)
    let isAdversarial = try active.task.confirmed(reached, at: active.points, model: model)
    let open = isAdversarial.indices.filter { !isAdversarial[$0] }
    let found = retire(reached: isAdversarial)
    guard !isEmpty else { return found }
    best = best.gathering(open)
    for index in 1..<max(rivalCount, 1) { best.keepNearer(try directions(toRival: index).directions) }
    let isLost = best.distances.map { !$0.isFinite }
    let moving = isLost.indices.filter { !isLost[$0] }
    keep(active.retire(where: isLost))
    move(along: best.gathering(moving), overshoot: overshoot)
    return found
  }

  private mutating func retire(reached: [Bool]) -> [Int] {
    let found = reached.indices.filter { reached[$0] }.map { rows[$0] }
    keep(active.retire(where: reached))
    return found
  }

  private mutating func keep(_ open: [Int]?) {
    guard let open else { return }
    change = change.gathering(open)
    rows = open.map { rows[$0] }
    if !rivals.isEmpty { rivals = open.map { rivals[$0] } }
  }

  /// The way to the boundary to one rival of each example. Towards a target it is that to the largest other logit.
  private func directions(toRival index: Int) throws -> (logits: Tensor<Float>, directions: BoundaryDirections) {
    let task = active.task
    let norm = task.threat.norm
    guard !task.goal.isTargeted else {
      let (logits, gradient) = try task.gradient(at: active.points, of: .margin, model: model)
      let gaps = task.goal.objective(.margin, of: logits, rows: 0..<task.count).values
      return (logits, BoundaryDirections(gaps: gaps, gradient: gradient, norm: norm))
    }
    let (others, labels) = (rivals.map { $0[index] }, task.goal.classes)
    let (logits, gradient) = try task.gradient(at: active.points, ofLogits: others, minus: labels, model: model)
    let size = logits.exampleSize
    let gaps = logits.withUnsafeScalars { logits in
      others.indices.map { logits[$0 * size + others[$0]] - logits[$0 * size + labels[$0]] }
    }
    return (logits, BoundaryDirections(gaps: gaps, gradient: gradient, norm: norm))
  }

  private mutating func move(along directions: BoundaryDirections, overshoot: Float) {
    guard !isEmpty else { return }
    let size = change.exampleSize
    let images = active.task.images
    change.withUnsafeMutableScalars { change in
      directions.gradient.withUnsafeScalars { gradient in
        for row in directions.distances.indices {
          directions.addStep(row, gradient, to: change, range: row * size..<(row + 1) * size)
        }
      }
      active.points.withUnsafeMutableScalars { points in
        images.withUnsafeScalars { images in
          for index in points.indices { points[index] = images[index] + (1 + overshoot) * change[index] }
        }
      }
    }
    // In a ball of infinite radius that puts the points into the box.
    active.task.threat.project(&active.points, around: images)
  }
}

/// Where a linear approximation sees a boundary of each example.
private struct BoundaryDirections {
  /// How far it is; infinite where it can't be told.
  private(set) var distances: [Double]
  private(set) var gradient: Tensor<Float>
  /// The dual norm of each gradient.
  private var lengths: [Double]
  private let norm: Norm

  init(gaps: [Float], gradient: Tensor<Float>, norm: Norm) {
    self.gradient = gradient
    self.norm = norm
    let size = gradient.exampleSize
    lengths = gradient.withUnsafeScalars { gradient in
      gaps.indices.map { row in
        var sum = 0.0
        for index in row * size..<(row + 1) * size {
          let slope = Double(gradient[index])
          sum += norm == .l2 ? slope * slope : abs(slope)
        }
        return norm == .l2 ? sum.squareRoot() : sum
      }
    }
    distances = zip(gaps, lengths).map { gap, length in
      let distance = abs(Double(gap)) / (length + Self.guardOfLength)
      // Beyond all images; sums of such steps could overflow.
      return length > 0 && length.isFinite && distance < 1e30 ? distance : .infinity
    }
  }

  private init(_ other: BoundaryDirections, rows: [Int]) {
    distances = rows.map { other.distances[$0] }
    lengths = rows.map { other.lengths[$0] }
    gradient = other.gradient.gathering(rows)
    norm = other.norm
  }

  /// Keeps a division by a small length finite; the value of Foolbox.
  private static let guardOfLength = 1e-8
  /// Goes beyond the boundary where the distance is too small to be seen; the value of the authors' code.
  private static let extra = 1e-4

  func gathering(_ rows: [Int]) -> BoundaryDirections { BoundaryDirections(self, rows: rows) }

  /// Takes over the directions of another rival where they are shorter.
  mutating func keepNearer(_ other: BoundaryDirections) {
    let nearer = distances.indices.filter { other.distances[$0] < distances[$0] }
    guard !nearer.isEmpty else { return }
    gradient.scatter(other.gradient.gathering(nearer), to: nearer)
    for row in nearer { (distances[row], lengths[row]) = (other.distances[row], other.lengths[row]) }
  }

  /// Adds the steepest step of the length of the distance.
  func addStep(
    _ row: Int, _ gradient: UnsafeBufferPointer<Float>, to change: UnsafeMutableBufferPointer<Float>, range: Range<Int>
  ) {
    let distance = distances[row] + Self.extra
    let factor = Float(distance / (lengths[row] + Self.guardOfLength))
    for index in range {
      let slope = gradient[index]
      if norm == .l2 {
        change[index] += factor * slope
      } else {
        change[index] += slope > 0 ? Float(distance) : slope < 0 ? -Float(distance) : 0
      }
    }
  }
}

extension Goal {
  /// The classes other than each label with the largest logits, largest first, as many for each example.
  func rivals(by logits: Tensor<Float>, count: Int) -> [[Int]] {
    let size = logits.exampleSize
    return logits.withUnsafeScalars { logits in
      classes.enumerated().map { row, label in
        let others = (0..<size).filter { $0 != label }
        let ranked = others.sorted { (logits[row * size + $1], $0) < (logits[row * size + $0], $1) }
        return Array(ranked.prefix(count))
      }
    }
  }
}
