public import Hyperparameters
public import Networks

/// A rotation and a shift of the image, within limits of their own.
///
///     x'(p) = x(c + R(φ)(p − c) + t),  |φ| ≤ max-rotation, |t| ≤ max-translation in each direction
///
/// Engstrom, Tran, Tsipras, Schmidt and Mądry, *Exploring the landscape of spatial robustness*, arXiv 1712.02779.
/// `grid` tries evenly spaced motions in turn and `random` uniform ones, both with the numbers of Foolbox's
/// SpatialAttack, which gives back the image where none succeeds; here it is the motion with the largest loss.
/// `gradient` ascends the loss by signed steps in the three parameters from a random motion: the gradient at the pixels
/// is pulled back through the bilinear interpolation. What comes in from beyond the border has the lowest pixel value.
/// The radius of the threat model means nothing here.
public struct SpatialAttack: TransformationAttack {
  /// How motions are found.
  public enum Search: String, CaseIterable, HyperparameterType, Sendable {
    case grid, random, gradient
  }

  /// Name, title and source.
  public static let method = Method(
    name: "spatial", title: "Rotation and translation", summary: "A small rotation and shift instead of small changes.",
    citation: "Engstrom, Tran, Tsipras, Schmidt and Mądry, arXiv 1712.02779")
  /// All: it measures nothing.
  public static let norms = Norm.allCases

  /// How motions are found.
  public var search: Search = .grid
  /// The farthest shift, in pixels.
  public var maxTranslation: Float = 3
  /// The largest rotation, in degrees.
  public var maxRotation: Float = 30
  /// The shifts of the grid in each direction.
  public var translations = 5
  /// The rotations of the grid.
  public var rotations = 5
  /// The motions of a random search.
  public var draws = 100
  /// The steps of an ascent.
  public var steps = 40
  /// The size of a step, as a share of the largest motion.
  public var stepShare: Float = 0.1
  /// What is ascended, and what ranks motions none of which is adversarial.
  public var loss: Loss = .crossEntropy

  /// All of them.
  public static let hyperparameters: [Hyperparameter<SpatialAttack>] = [
    .choice("search", \.search, of: Search.allCases.map(\.rawValue), "How motions are found."),
    .number("max-translation", \.maxTranslation, .from(0, to: 1_000_000), "The farthest shift, in pixels."),
    .number("max-rotation", \.maxRotation, .from(0, to: 180), "The largest rotation, in degrees."),
    .integer("translations", \.translations, in: 1...1000, "Shifts of the grid in each direction."),
    .integer("rotations", \.rotations, in: 1...1000, "Rotations of the grid."),
    .integer("draws", \.draws, in: 1...1_000_000_000, "Motions of a random search."),
    .integer("steps", \.steps, in: 1...1_000_000, "The number of steps of an ascent."),
    .number("step-share", \.stepShare, .above(0, to: 2), "A step as a share of the largest motion."),
    .loss(\.loss),
  ]

  /// Foolbox's grid.
  public init() {}

  /// Creates an attack.
  public init(search: Search) {
    self.search = search
  }

  /// With the way of searching.
  public var title: String { "\(title(with: loss)), \(search.rawValue)" }

  /// The loss.
  public var ascendedLoss: Loss? { loss }

  /// A look at every motion, with a gradient where it is ascended.
  public var passesPerExample: Double {
    switch search {
    case .grid: Double(gridCount)
    case .random: Double(draws)
    case .gradient: 2 * Double(steps) + 1
    }
  }

  /// The farthest motion.
  public func limits(for example: Shape) -> String {
    "a rotation of at most \(maxRotation) degrees, shifts of at most \(maxTranslation) pixels"
  }

  private var gridCount: Int { rotations * translations * translations }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    _ = try task.imageSides(for: Self.name)
    switch search {
    case .grid: return try tried(gridCount, task, model: model.queried) { number, _ in gridMotion(number) }
    case .random:
      return try tried(draws, task, model: model.queried) { number, id in
        motion(randomPlace(task.random.stream(.search, example: id, step: number)))
      }
    case .gradient: return try ascended(task, model: model)
    }
  }
}

extension SpatialAttack {
  /// The best of some motions tried in turn; examples leave with the first that succeeds.
  private func tried(
    _ count: Int, _ task: AttackTask, model: QueriedModel, motion: (_ number: Int, _ id: Int) -> RigidMotion
  ) throws -> Tensor<Float> {
    var best = StrongestPoints(task.images)
    for number in 0..<count {
      let open = task.affordable(best.unbroken, by: model)
      guard !open.isEmpty else { break }
      let part = task.gathering(open)
      let points = part.images.moved(by: part.ids.map { motion(number, $0) }, in: part.threat.bounds)
      let logits = try part.logits(of: points, model: model)
      best.enter(points, logits: logits, loss: loss, goal: part.goal, rows: open)
    }
    return best.points
  }

  /// Signed steps in rotation and shift.
  private func ascended(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    var best = StrongestPoints(task.images)
    var places = task.ids.map { randomPlace(task.random.stream(.randomStart, example: $0)) }
    for step in 0...max(0, steps) {
      let unbroken = best.unbroken
      let looks = model.pullbackLogitsAreExact ? 1 : 2
      let isAffordable = model.canAfford(looks, for: unbroken.map { task.ids[$0] })
      let open = zip(unbroken, isAffordable).filter(\.1).map(\.0)
      guard !open.isEmpty else { break }
      let part = task.gathering(open)
      let motions = open.map { motion(places[$0]) }
      let points = part.images.moved(by: motions, in: part.threat.bounds)
      guard step < steps else {
        let logits = try part.logits(of: points, model: model.queried)
        best.enter(points, logits: logits, loss: loss, goal: part.goal, rows: open)
        break
      }
      let (logits, gradient) = try part.gradient(at: points, of: loss, model: model)
      let reached = try part.confirmed(part.goal.isReached(by: logits), at: points, model: model)
      let values = part.goal.objective(loss, of: logits, rows: 0..<open.count).values
      best.enter(points, values: values, isBroken: reached, rows: open)
      let slopes = part.images.slopes(of: motions, gradient: gradient.finite, in: part.threat.bounds)
      for (row, slope) in zip(open, slopes) { places[row] = stepped(places[row], along: slope) }
    }
    return best.points
  }

  /// The motion of a place in the cube from −1 to 1.
  private func motion(_ place: SIMD3<Double>) -> RigidMotion {
    RigidMotion(
      rotation: place.x * Double(maxRotation), right: place.y * Double(maxTranslation),
      down: place.z * Double(maxTranslation))
  }

  private func stepped(_ place: SIMD3<Double>, along slope: SIMD3<Double>) -> SIMD3<Double> {
    var next = place
    for axis in 0..<3 {
      let sign: Double = slope[axis] > 0 ? 1 : slope[axis] < 0 ? -1 : 0
      next[axis] = min(max(place[axis] + sign * Double(stepShare), -1), 1)
    }
    return next
  }

  private func randomPlace(_ stream: RandomStream) -> SIMD3<Double> {
    var stream = stream
    return SIMD3(
      Double(stream.uniform(in: -1...1)), Double(stream.uniform(in: -1...1)), Double(stream.uniform(in: -1...1)))
  }

  /// Rotations in the outer loop, then shifts along the rows, then along the columns; a single one is none.
  private func gridMotion(_ number: Int) -> RigidMotion {
    func place(_ index: Int, of count: Int) -> Double {
      count > 1 ? 2 * Double(index) / Double(count - 1) - 1 : 0
    }
    let (line, down) = number.quotientAndRemainder(dividingBy: translations)
    let (turn, right) = line.quotientAndRemainder(dividingBy: translations)
    return motion(
      SIMD3(place(turn, of: rotations), place(right, of: translations), place(down, of: translations)))
  }
}
