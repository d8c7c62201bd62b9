public import Hyperparameters
public import Networks

/// Moves few pixels across a plane that stands for the boundary, pixel by pixel as far as the box allows.
///
///     d = DeepFool(x_i);  x_B = x_i + λ · (d − x_i);  w = ∇(z_k − z_y)(d) for the class k there
///     x_{i+1} = x_i with the pixels of the largest |w| moved until w · (x_{i+1} − x_B) > 0
///     x' = clip(x + (1 + overshoot) · (x_{i+1} − x))
///
/// until x' is adversarial. Modas, Moosavi-Dezfooli and Frossard, *SparseFool: a few pixels make a big difference*,
/// arXiv 1811.02248. λ trades sparseness, 1, against speed: 3 is that of the authors' code, and changes more than twice
/// as many pixels of the small images of digits as 1.
///
/// DeepFool runs in L2 with its own defaults. As in the authors' code the slope is that at the boundary and every round begins
/// where the last one ended; torchattacks takes the slope at x_B, which with λ = 3 is so far beyond that on robust networks
/// many images are never misclassified, and begins every round at the image. Towards a target, DeepFool goes there, and
/// k is the target, y the largest other.
public struct SparseFool: MinimumNormAttack {
  /// Name, title and source.
  public static let method = Method(
    name: "sparsefool", title: "SparseFool", summary: "Crosses a plane that stands for the boundary by few pixels.",
    citation: "Modas, Moosavi-Dezfooli and Frossard, arXiv 1811.02248")
  /// L1, which it minimises, and L0, for which that stands.
  public static let norms: [Norm] = [.l1, .l0]

  /// The most rounds.
  public var steps = 20
  /// λ: how far beyond the boundary the plane is put, relative to DeepFool's perturbation.
  public var lambda: Float = 3
  /// How much the perturbation is lengthened in the end, relative to its length.
  public var overshoot: Float = 0.02

  /// All of them.
  public static let hyperparameters: [Hyperparameter<SparseFool>] = [
    .integer("steps", \.steps, in: 1...1_000_000, "The number of rounds at most."),
    .number("lambda", \.lambda, .from(1), "How far the plane is put, in perturbations of DeepFool."),
    .number("overshoot", \.overshoot, .from(0), "How far beyond the plane, relative to the whole perturbation."),
  ]

  /// A usual DeepFool of three steps, a gradient and a look for each of a few rounds; both may take more.
  public var passesPerExample: Double { 5 * (3 * 2 * 9 + 3) }

  /// 20 rounds with λ = 3.
  public init() {}

  /// Creates an attack.
  public init(steps: Int = SparseFool().steps, lambda: Float = SparseFool().lambda) {
    self.steps = steps
    self.lambda = lambda
  }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    var nearest = NearestPoints(task)
    var active = ActivePoints(task, points: task.images)
    var rows = Array(0..<task.count)
    let ranges = PixelRanges(task.threat.bounds, example: task.images.shape.example)
    func keep(_ open: [Int]?) { if let open { rows = open.map { rows[$0] } } }
    for step in 0...max(0, steps) {
      keep(active.retireUnaffordable(1, model: model.queried))
      guard !active.isEmpty else { break }
      let shown = lengthened(active)
      let logits = try active.task.logits(of: shown, model: model.queried)
      let isReached = active.task.goal.isReached(by: logits)
      nearest.enter(shown, where: isReached, rows: rows)
      keep(active.retire(where: isReached))
      guard !active.isEmpty, step < steps else { break }
      var boundary = try boundaryPoints(active, model: model)
      if let open = active.retireUnaffordable(2, model: model.queried) {
        keep(open)
        boundary = boundary.gathering(open)
      }
      guard !active.isEmpty else { break }
      let (_, normals) = try active.task.gradient(at: boundary, of: .margin, model: model)
      let planes = PlaneSet(points: beyond(boundary, from: active.points), normals: normals)
      let isMoved = cross(&active, planes, ranges)
      keep(active.retire(where: isMoved.map { !$0 }))
    }
    return nearest.points
  }

  /// What the model is shown: the image with a change that goes a little beyond the plane.
  private func lengthened(_ active: ActivePoints) -> Tensor<Float> {
    let images = active.task.images
    var shown = active.points
    shown.withUnsafeMutableScalars { shown in
      images.withUnsafeScalars { images in
        for index in shown.indices { shown[index] = images[index] + (1 + overshoot) * (shown[index] - images[index]) }
      }
    }
    // In a ball of infinite radius that puts the points into the box.
    active.task.threat.project(&shown, around: images)
    return shown
  }

  /// Where DeepFool crosses the boundary from each point.
  private func boundaryPoints(_ active: ActivePoints, model: AttackedModel) throws -> Tensor<Float> {
    let task = active.task
    let part = AttackTask(
      images: active.points, ids: task.ids, goal: task.goal,
      threat: ThreatModel(norm: .l2, radius: .infinity, bounds: task.threat.bounds), random: task.random)
    return try DeepFool().walk(part, model: model).points
  }

  /// x_B: λ times as far from each point as the boundary.
  private func beyond(_ boundary: Tensor<Float>, from points: Tensor<Float>) -> Tensor<Float> {
    var beyond = boundary
    beyond.withUnsafeMutableScalars { beyond in
      points.withUnsafeScalars { points in
        for index in beyond.indices { beyond[index] = points[index] + lambda * (beyond[index] - points[index]) }
      }
    }
    return beyond
  }

  /// A plane for each example, by a point on it and a normal.
  private typealias PlaneSet = (points: Tensor<Float>, normals: Tensor<Float>)

  /// Moves pixels of every example, those of the largest slope first, until it is beyond its plane.
  ///
  /// - Returns: Whether anything moved.
  private func cross(_ active: inout ActivePoints, _ planes: PlaneSet, _ ranges: PixelRanges) -> [Bool] {
    let size = planes.points.exampleSize
    return (0..<planes.points.exampleCount).map { row in
      let range = row * size..<(row + 1) * size
      return planes.points.withUnsafeScalars { plane in
        planes.normals.withUnsafeScalars { normals in
          active.points.withUnsafeMutableScalars { points in
            Self.cross(
              UnsafeMutableBufferPointer(rebasing: points[range]), UnsafeBufferPointer(rebasing: plane[range]),
              UnsafeBufferPointer(rebasing: normals[range]), ranges)
          }
        }
      }
    }
  }

  /// The least step, and how far beyond the plane of unit normal is enough; those of the authors' code.
  private static let (leastStep, extra) = (1e-4, 1e-3)

  private static func cross(
    _ point: UnsafeMutableBufferPointer<Float>, _ plane: UnsafeBufferPointer<Float>,
    _ normal: UnsafeBufferPointer<Float>, _ ranges: PixelRanges
  ) -> Bool {
    let length = normal.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    guard length > 0, length.isFinite else { return false }
    // How far it is still to the plane.
    var left = point.indices.reduce(0.0) { sum, index in
      sum + Double(normal[index]) / length * (Double(plane[index]) - Double(point[index]))
    }
    var isMoved = false
    for index in normal.indices.sorted(by: { (abs(normal[$1]), $0) < (abs(normal[$0]), $1) }) {
      let slope = Double(normal[index]) / length
      guard slope != 0 else { break }
      let wanted = max((max(left, 0) + extra) / abs(slope), leastStep)
      let old = point[index]
      let moved = Float(Double(old) + (slope > 0 ? wanted : -wanted))
      point[index] = max(ranges.lowers[index], min(ranges.uppers[index], moved))
      left -= slope * (Double(point[index]) - Double(old))
      isMoved = isMoved || point[index] != old
      if left < 0 { break }
    }
    return isMoved
  }
}
