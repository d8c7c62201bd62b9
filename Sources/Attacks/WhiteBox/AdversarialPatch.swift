public import Hyperparameters
public import Networks

/// A patch for each image: the pixels of one square take any value, all others stay.
///
///     x ← clip(x + α · sign(∇L(x)))  in the square
///
/// Karmon, Zoran and Goldberg, *LaVAN: Localized and visible adversarial noise*, arXiv 1801.02608, ascend the logits from
/// the values of the image; Chiang, Ni, Abdelkader, Zhu, Studer and Goldstein, *Certified defenses for adversarial
/// patches*, arXiv 2003.06693, whom this follows, take signed steps of 0.05 from random values at several places. The
/// first place is here the one where the loss gains most to first order, the others are random. Of all points that were
/// looked at, the first adversarial one is kept, or else the one with the largest loss.
///
/// Brown's patch, which is one for all images, is `UniversalPatch`; ART's `AdversarialPatch` is that one too.
/// The radius of the threat model means nothing here.
public struct AdversarialPatch: TransformationAttack {
  /// Where the first run puts the patch.
  public enum Place: String, CaseIterable, HyperparameterType, Sendable {
    case gradient, random
  }

  /// Name, title and source.
  public static let method = Method(
    name: "patch", title: "Adversarial patch", summary: "Any values for the pixels of one square of each image.",
    citation: "Chiang, Ni, Abdelkader, Zhu, Studer and Goldstein, arXiv 2003.06693")
  /// All: it measures nothing.
  public static let norms = Norm.allCases

  /// The share of the area that the square covers.
  public var size = PatchSize.usualShare
  /// Where the first run puts it. Later ones put it anywhere.
  public var place: Place = .gradient
  /// The number of steps.
  public var steps = 100
  /// The size of a step, or nothing for 0.05 of the pixel range.
  public var stepSize: Float?
  /// The number of runs, each at another place.
  public var restarts = 5
  /// Whether the first run starts at random values of the pixels rather than at those of the image. Later ones always do.
  public var randomStart = true
  /// Whether an example leaves with its first adversarial point. If not, every run makes all steps on all examples.
  public var earlyStop = true
  /// What is ascended.
  public var loss: Loss = .crossEntropy

  /// All of them.
  public static let hyperparameters: [Hyperparameter<AdversarialPatch>] = [
    .patchSize(\.size),
    .choice(
      "place", \.place, of: Place.allCases.map(\.rawValue),
      "Where the first run puts the square: where the loss gains most, or anywhere as later ones do."),
    .integer("steps", \.steps, in: 1...1_000_000, "The number of steps."),
    .number(
      "step-size", \.stepSize, .above(0), unit: "pixels", standard: "0.05 of the pixel range", "The length of a step."),
    .integer("restarts", \.restarts, in: 1...1_000_000, "Runs at new places; the best for every example is kept."),
    .flag("random-start", \.randomStart, "Begin at random values of the pixels."),
    .flag("early-stop", \.earlyStop, "An example that is broken leaves the batch with its first adversarial iterate."),
    .loss(\.loss),
  ]

  /// Five places, 100 steps.
  public init() {}

  /// With a loss that is not the usual one.
  public var title: String { title(with: loss) }

  /// The loss.
  public var ascendedLoss: Loss? { loss }

  /// The gradient that chooses a place, those of the steps, and a look at the last point of each run.
  public var passesPerExample: Double {
    (2 * Double(steps) + 1) * Double(restarts) + (place == .gradient ? 2 : 0)
  }

  /// The step size filled in.
  public func resolved(for threat: ThreatModel) -> AdversarialPatch {
    var attack = self
    attack.stepSize = stepSize(for: threat)
    return attack
  }

  /// Every step is made on every example.
  public var withoutEarlyStop: AdversarialPatch {
    var attack = self
    attack.earlyStop = false
    return attack
  }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    _ = try task.imageSides(for: Self.name)
    var best = StrongestPoints(task.images)
    for restart in 0..<max(1, restarts) {
      // Without early stopping no example counts as broken.
      let open = task.affordable(best.unbroken, by: model.queried)
      guard !open.isEmpty else { break }
      try run(task.gathering(open), rows: open, restart: restart, model: model, best: &best)
    }
    return best.points
  }

  private func stepSize(for threat: ThreatModel) -> Float { stepSize ?? 0.05 * threat.bounds.meanWidth }
}

extension AdversarialPatch {
  /// The size of the square.
  private var patch: PatchSize { PatchSize(share: size) }

  /// The square.
  public func limits(for example: Shape) -> String { patch.limits(for: example) }

  /// All pixels that differ must lie in one square.
  public func violation(from image: Tensor<Float>, to point: Tensor<Float>) -> String? {
    patch.violation(from: image, to: point)
  }

  /// One run at one place of each image, whose points are entered at their rows.
  private func run(
    _ task: AttackTask, rows: [Int], restart: Int, model: AttackedModel, best: inout StrongestPoints
  ) throws {
    var squares = try squares(of: task, restart: restart, model: model)
    let start = startingPoints(of: task, squares, restart: restart)
    var active = ActivePoints(task, points: start)
    let grid = PixelGrid(task.images.shape.example)
    let ranges = PixelRanges(task.threat.bounds, example: task.images.shape.example)
    let queries = model.pullbackLogitsAreExact ? 1 : 2
    for step in 0...max(0, steps) {
      let needed = step < steps ? queries : 1
      if let open = active.retireUnaffordable(needed, model: model.queried) { squares = open.map { squares[$0] } }
      guard !active.isEmpty else { return }
      guard step < steps else {
        let logits = try active.task.logits(of: active.points, model: model.queried)
        return enter(active, logits, active.task.goal.isReached(by: logits), rows, &best)
      }
      var (logits, gradient) = try active.task.gradient(at: active.points, of: loss, model: model)
      let reached = try active.task.confirmed(
        active.task.goal.isReached(by: logits), at: active.points, model: model)
      enter(active, logits, reached, rows, &best)
      if earlyStop, let open = active.retire(where: reached) {
        gradient = gradient.gathering(open)
        squares = open.map { squares[$0] }
      }
      move(&active.points, along: gradient, in: squares, grid, ranges, stepSize(for: task.threat))
    }
  }

  private func enter(
    _ active: ActivePoints, _ logits: Tensor<Float>, _ reached: [Bool], _ rows: [Int], _ best: inout StrongestPoints
  ) {
    best.enter(
      active, of: rows, logits: logits, loss: loss, reached: earlyStop ? reached : reached.map { _ in false })
  }

  /// A signed step of the pixels in the squares, which stay in their ranges.
  private func move(
    _ points: inout Tensor<Float>, along gradient: Tensor<Float>, in squares: [PixelSquare], _ grid: PixelGrid,
    _ ranges: PixelRanges, _ stepSize: Float
  ) {
    points.forEachExample(with: gradient) { row, point, gradient in
      squares[row].forEachScalar(in: grid) { index, _ in
        // A gradient that is NaN has no sign: its pixel stays.
        let step = gradient[index] > 0 ? stepSize : gradient[index] < 0 ? -stepSize : 0
        point[index] = min(max(point[index] + step, ranges.lowers[index]), ranges.uppers[index])
      }
    }
  }
}

extension AdversarialPatch {
  /// A place in each image.
  private func squares(of task: AttackTask, restart: Int, model: AttackedModel) throws -> [PixelSquare] {
    let example = task.images.shape.example
    let (grid, side) = (PixelGrid(example), patch.side(for: example))
    let anywhere = task.ids.map { id in
      var stream = task.random.stream(.search, example: id, step: restart)
      return PixelSquare(side: side, in: grid, &stream)
    }
    guard restart == 0, place == .gradient else { return anywhere }
    let ranges = PixelRanges(task.threat.bounds, example: example)
    var gradient = try task.gradient(at: task.images, of: loss, model: model).gradient
    var squares = anywhere
    gradient.forEachExample(with: task.images) { row, gradient, image in
      let best = PixelSquare.mostGain(
        side: side, gradient: UnsafeBufferPointer(gradient), image: image, ranges: ranges, grid: grid)
      if let best { squares[row] = best }
    }
    return squares
  }

  /// The images, with random pixels in the squares but where the first run starts at the image.
  private func startingPoints(of task: AttackTask, _ squares: [PixelSquare], restart: Int) -> Tensor<Float> {
    var points = task.images
    guard randomStart || restart > 0 else { return points }
    let grid = PixelGrid(task.images.shape.example)
    let ranges = PixelRanges(task.threat.bounds, example: task.images.shape.example)
    points.forEachExample { row, point in
      var stream = task.random.stream(.randomStart, example: task.ids[row], step: restart)
      squares[row].forEachScalar(in: grid) { index, _ in point[index] = stream.uniform(in: ranges[index]) }
    }
    return points
  }
}
