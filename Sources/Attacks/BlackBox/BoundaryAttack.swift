public import Hyperparameters
public import Networks

/// A random walk along the decision boundary: a step on the sphere around the image, then one towards the image.
///
///     x' = x₀ + (η − (x₀ − x)) / √(1 + σ²),  η normal, orthogonal to x₀ − x,  ‖η‖ = σ ‖x₀ − x‖
///     x'' = x' + τ (x₀ − x');  x ← x''  where it is adversarial and nearer
///
/// Brendel, Rauber and Bethge, *Decision-based adversarial attacks: reliable attacks against black-box machine learning
/// models*, arXiv 1712.04248, in the form of Foolbox. The step σ on the sphere and the step τ towards the image are
/// relative to the distance. In every tenth step the point on the sphere is looked at, too. Both steps grow by a factor
/// where more than half of the last 100 such points were adversarial and shrink where fewer than a fifth were; τ grows
/// where more than a quarter of 30 whole steps were and shrinks where fewer than a tenth were.
///
/// Foolbox makes 25,000 steps, which is 27,500 queries; the default here is 5,000. Foolbox draws one η for the whole batch
/// and stops with an error where one image has no adversarial start; here each image has its own numbers, and one
/// without a start is given back as it is. The noise that it starts from finds few targets.
public struct BoundaryAttack: DecisionAttack, MinimumNormAttack {
  /// Name, title and source.
  public static let method = Method(
    name: "boundary", title: "Boundary attack",
    summary: "A random walk along the decision boundary towards the image.",
    citation: "Brendel, Rauber and Bethge, arXiv 1712.04248")
  /// That of the paper.
  public static let norms: [Norm] = [.l2]

  /// The largest number of steps.
  public var steps = 5000
  /// The first step on the sphere, relative to the distance from the image.
  public var sphericalStep: Float = 0.01
  /// The first step towards the image, relative to the distance from it.
  public var sourceStep: Float = 0.01
  /// The step towards the image below which an example is done.
  public var convergence: Float = 1e-7
  /// What steps are multiplied or divided by.
  public var adaptation: Float = 1.5
  /// The largest number of random images drawn for a start.
  public var draws = 1000

  /// All of them.
  public static let hyperparameters: [Hyperparameter<BoundaryAttack>] = [
    .integer("steps", \.steps, in: 1...1_000_000_000, "The number of steps; each is 1.1 queries."),
    .number("spherical-step", \.sphericalStep, .above(0), unit: "distances", "The first step on the sphere."),
    .number("source-step", \.sourceStep, .above(0, to: 1), unit: "distances", "The first step towards the image."),
    .number("convergence", \.convergence, .from(0), unit: "distances", "The step towards the image that ends it."),
    .number("adaptation", \.adaptation, .from(1), "What steps are multiplied or divided by."),
    .draws(\.draws),
  ]

  /// Steps, looks at points on the sphere, and the start.
  public var passesPerExample: Double { 1.1 * Double(steps) + Double(DecisionSearch.shares + 1) }

  /// 5,000 steps.
  public init() {}

  /// Creates an attack.
  public init(steps: Int, draws: Int = BoundaryAttack().draws) {
    (self.steps, self.draws) = (steps, draws)
  }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: DecisionModel) throws -> Tensor<Float> {
    var search = try DecisionSearch(task, draws: draws, model: model)
    let pace = Pace(sphere: Double(sphericalStep), source: Double(sourceStep), factor: Double(adaptation))
    var paces = Array(repeating: pace, count: search.task.count)
    for step in 1...max(1, steps) {
      let isDone = paces.map { $0.source < Double(convergence) }
      if let open = search.retireFinished(or: isDone) { paces = open.map { paces[$0] } }
      guard !search.isFinished else { break }
      let (candidates, onSphere) = proposals(from: search.points, of: search.task, paces: paces, step: step)
      let isNearer = try search.look(at: candidates, of: search.examples)
      guard step % 10 == 0 else { continue }
      let isOnSphere = try search.look(at: onSphere, of: search.examples)
      for row in paces.indices { paces[row].adapt(isOnSphere: isOnSphere[row], isNearer: isNearer[row]) }
    }
    return search.nearest.points
  }

  private func proposals(
    from points: Tensor<Float>, of task: AttackTask, paces: [Pace], step: Int
  ) -> (candidates: Tensor<Float>, onSphere: Tensor<Float>) {
    let ranges = PixelRanges(task.threat.bounds, example: points.shape.example)
    var (candidates, sphere) = (points, points)
    let size = points.exampleSize
    task.images.withUnsafeScalars { images in
      candidates.forEachExample { row, candidate in
        let image = UnsafeBufferPointer(rebasing: images[row * size..<(row + 1) * size])
        var stream = task.random.stream(.search, example: task.ids[row], step: step)
        sphere.withUnsafeMutableScalars { sphere in
          let onSphere = UnsafeMutableBufferPointer(rebasing: sphere[row * size..<(row + 1) * size])
          paces[row].propose(candidate, onSphere, around: image, ranges: ranges, &stream)
        }
      }
    }
    return (candidates, sphere)
  }
}

/// The steps of one example, and what the last ones led to.
private struct Pace {
  var sphere: Double
  var source: Double
  let factor: Double
  private var onSphere = RecentAnswers(capacity: 100)
  private var nearer = RecentAnswers(capacity: 30)

  init(sphere: Double, source: Double, factor: Double) {
    (self.sphere, self.source, self.factor) = (sphere, source, factor)
  }

  mutating func adapt(isOnSphere: Bool, isNearer: Bool) {
    onSphere.enter(isOnSphere)
    nearer.enter(isNearer)
    if let share = onSphere.share, share > 0.5 || share < 0.2 {
      let change = share > 0.5 ? factor : 1 / factor
      (sphere, source) = (sphere * change, source * change)
      onSphere.clear()
    }
    if let share = nearer.share, share > 0.25 || share < 0.1 {
      source *= share > 0.25 ? factor : 1 / factor
      nearer.clear()
    }
  }

  /// A point on the sphere around the image, and one nearer to it.
  ///
  /// - Parameters:
  ///   - point: The adversarial point, then the one nearer to the image.
  ///   - onSphere: Becomes the point on the sphere.
  ///   - image: The image.
  ///   - ranges: The box.
  ///   - stream: Random numbers.
  func propose(
    _ point: UnsafeMutableBufferPointer<Float>, _ onSphere: UnsafeMutableBufferPointer<Float>,
    around image: UnsafeBufferPointer<Float>, ranges: PixelRanges, _ stream: inout RandomStream
  ) {
    let home = point.indices.map { Double(image[$0]) - Double(point[$0]) }
    let distance = max(home.reduce(0) { $0 + $1 * $1 }.squareRoot(), .leastNormalMagnitude)
    var eta = home.map { _ in Double(stream.normal()) }
    let along = zip(eta, home).reduce(0) { $0 + $1.0 * $1.1 } / distance
    for index in eta.indices { eta[index] -= along * home[index] / distance }
    // With one scalar nothing is orthogonal, and only the step towards the image is left.
    let length = eta.reduce(0) { $0 + $1 * $1 }.squareRoot()
    let scale = length > 1e-9 ? sphere * distance / length : 0
    let shrink = (1 + sphere * sphere).squareRoot()
    var found = 0.0
    for index in eta.indices {
      let value = Double(image[index]) + (scale * eta[index] - home[index]) / shrink
      onSphere[index] = ranges[index].nearest(to: value)
      found += (Double(onSphere[index]) - Double(image[index])) * (Double(onSphere[index]) - Double(image[index]))
    }
    found.formSquareRoot()
    // The box may have brought it nearer, or farther from the sphere on which it should be.
    let share = found > 0 ? max(source * distance + found - distance, 0) / found : 0
    for index in eta.indices {
      let value = Double(onSphere[index]) + share * (Double(image[index]) - Double(onSphere[index]))
      point[index] = ranges[index].nearest(to: value)
    }
  }
}

/// The last answers to a question.
private struct RecentAnswers {
  let capacity: Int
  private var answers: [Bool] = []

  init(capacity: Int) { self.capacity = capacity }

  /// How many of them were yes, once there are enough.
  var share: Double? {
    answers.count < capacity ? nil : Double(answers.count { $0 }) / Double(capacity)
  }

  mutating func enter(_ answer: Bool) {
    if answers.count == capacity { answers.removeFirst() }
    answers.append(answer)
  }

  mutating func clear() { answers.removeAll(keepingCapacity: true) }
}
