public import Hyperparameters
public import Networks

/// Pixels made black or white at random, in growing number, until the image is misclassified; then again with fewer.
///
///     u uniform for each pixel;  x' = the upper end where u ≥ 1 − p/2, the lower end where u < p/2;  p grows
///
/// Foolbox's SaltAndPepperNoiseAttack: p climbs from 1/steps to 1; with each nearer adversarial point of probability p
/// the search begins again at p/2, up to 1.2 p, in steps that divide this range among the looks that are left. All
/// channels of a pixel change together. Foolbox measures in L2; here the norm is that of the threat model.
public struct SaltAndPepper: DecisionAttack, MinimumNormAttack {
  /// Name and title.
  public static let method = Method(
    name: "salt-and-pepper", title: "Salt and pepper", summary: "Ever more pixels made black or white at random.")
  /// All.
  public static let norms = Norm.allCases

  /// The number of looks at the model.
  public var steps = 1000

  /// All of them.
  public static let hyperparameters: [Hyperparameter<SaltAndPepper>] = [
    .integer("steps", \.steps, in: 1...1_000_000_000, "The number of looks at the model.")
  ]

  /// A look at the image, and every step is one.
  public var passesPerExample: Double { 1 + Double(steps) }

  /// 1000 steps, as in Foolbox.
  public init() {}

  /// Creates an attack.
  public init(steps: Int) {
    self.steps = steps
  }

  /// Where the search of one example is.
  private struct Search {
    var probability: Double
    var step: Double
    var lowest = 0.0
    var highest = 1.0

    /// The next probability, after a look that found a nearer adversarial point or not.
    mutating func advance(isNearer: Bool, looksLeft: Int) {
      if isNearer {
        lowest = 0.5 * probability
        highest = min(1.2 * probability, 1)
        step = (highest - lowest) / Double(looksLeft)
      }
      if isNearer || probability == highest { probability = lowest }
      probability = min(probability + step, highest)
    }
  }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: DecisionModel) throws -> Tensor<Float> {
    try task.nearestFromOpenImages(by: model) { try search($0, model: model) }
  }

  private func search(_ task: AttackTask, model: DecisionModel) throws -> Tensor<Float> {
    var nearest = NearestPoints(task)
    let first = 1 / Double(steps)
    var searches = task.ids.map { _ in Search(probability: first, step: first) }
    let ranges = PixelRanges(task.threat.bounds, example: task.images.shape.example)
    for step in 0..<steps {
      let open = task.affordable(Array(task.ids.indices), by: model)
      guard !open.isEmpty else { break }
      let part = task.gathering(open)
      let points = noisy(part, step: step, probabilities: open.map { searches[$0].probability }, ranges)
      let reached = try part.isReached(at: points, model: model)
      let isNearer = nearest.enter(points, where: reached, rows: open)
      for (index, row) in open.enumerated() {
        searches[row].advance(isNearer: isNearer[index], looksLeft: steps - step)
      }
    }
    return nearest.points
  }

  private func noisy(_ task: AttackTask, step: Int, probabilities: [Double], _ ranges: PixelRanges) -> Tensor<Float> {
    var points = task.images
    let shape = points.shape.example
    // Channels come first, and pixels of all channels lie an area apart.
    let channels = shape.rank == 3 ? shape[0] : 1
    let (size, area) = (shape.count, shape.count / max(channels, 1))
    guard area > 0 else { return points }
    points.withUnsafeMutableScalars { points in
      for (row, id) in task.ids.enumerated() {
        var stream = task.random.stream(.noise, example: id, step: step)
        let half = probabilities[row] / 2
        for pixel in 0..<area {
          let draw = Double(stream.uniform())
          guard draw >= 1 - half || draw < half else { continue }
          for index in stride(from: pixel, to: size, by: area) {
            points[row * size + index] = draw < half ? ranges.lowers[index] : ranges.uppers[index]
          }
        }
      }
    }
    return points
  }
}
