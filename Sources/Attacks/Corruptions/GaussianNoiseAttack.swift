public import Hyperparameters
public import Networks

/// Normal noise as large as the ball allows.
///
///     x' = P(x + ε z / ‖z‖),  z normal in every scalar,  a number of times
///
/// An example keeps its first adversarial draw, or else the one with the largest loss. Foolbox has this in L2 (its
/// repeated additive Gaussian noise attack, 100 draws); in L∞ the largest of the normal numbers sets the scale, so that
/// most changes are smaller than those of uniform noise. What the box cuts off is not made up for. The radius is in
/// stored pixel units.
public struct GaussianNoiseAttack: BlackBoxAttack {
  /// Name and title.
  public static let method = Method(
    name: "gaussian-noise", title: "Gaussian noise", summary: "Normal noise scaled to the radius.")
  /// Those in which normal noise has a direction of its own.
  public static let norms: [Norm] = [.linf, .l2]

  /// The number of points tried for each example; 100 as in Foolbox's repeated noise attacks.
  public var draws = 100
  /// What ranks points none of which is adversarial.
  public var loss: Loss = .margin

  /// All of them.
  public static let hyperparameters: [Hyperparameter<GaussianNoiseAttack>] = [
    .integer("draws", \.draws, in: 1...1_000_000_000, "Random points tried for each example."), .loss(\.loss),
  ]

  /// What ranks the points.
  public var ascendedLoss: Loss? { loss }

  /// A look at every draw.
  public var passesPerExample: Double { Double(draws) }

  /// 100 draws.
  public init() {}

  /// Creates an attack.
  public init(draws: Int) {
    self.draws = draws
  }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: QueriedModel) throws -> Tensor<Float> {
    try task.strongest(ofDraws: draws, loss: loss, model: model) { noisy($0, draw: $1) }
  }

  private func noisy(_ task: AttackTask, draw: Int) -> Tensor<Float> {
    var points = task.images
    let size = points.exampleSize
    points.withUnsafeMutableScalars { points in
      withUnsafeTemporaryAllocation(of: Float.self, capacity: size) { noise in
        for (row, id) in task.ids.enumerated() {
          var stream = task.random.stream(.noise, example: id, step: draw)
          stream.fillNormal(noise)
          let length =
            task.threat.norm == .linf
            ? noise.reduce(0.0) { max($0, Double(abs($1))) }
            : noise.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
          let scale = length > 0 ? Double(task.threat.radius) / length : 0
          for index in noise.indices { points[row * size + index] += Float(scale * Double(noise[index])) }
        }
      }
    }
    task.threat.project(&points, around: task.images)
    return points
  }
}
