public import Hyperparameters
public import Networks

/// Random points of the ball: what a model must withstand at the very least.
///
///     x' = P(x + δ),  δ uniform in the ball,  a number of times
///
/// An example keeps its first adversarial draw, or else the one with the largest loss. Foolbox knows this as its
/// repeated additive uniform noise attacks. A gradient attack that is weaker than noise points to masked gradients
/// (Athalye, Carlini and Wagner, arXiv 1802.00420). The radius is in stored pixel units.
public struct UniformNoise: BlackBoxAttack {
  /// Name and title.
  public static let method = Method(
    name: "noise", title: "Uniform noise", summary: "Random points of the ball: what a model must withstand at least.")
  /// All.
  public static let norms = Norm.allCases

  /// The number of points tried for each example; 100 as in Foolbox's repeated noise attacks.
  public var draws = 100
  /// What ranks points none of which is adversarial.
  public var loss: Loss = .margin

  /// All of them.
  public static let hyperparameters: [Hyperparameter<UniformNoise>] = [
    .integer("draws", \.draws, in: 1...1_000_000_000, "Random points tried for each example."), .loss(\.loss),
  ]

  /// What ranks the points.
  public var ascendedLoss: Loss? { loss }

  /// A look at every draw.
  public var passesPerExample: Double { Double(draws) }

  /// 100 draws.
  public init() {}

  /// Creates an attack.
  public init(draws: Int, loss: Loss = UniformNoise().loss) {
    self.draws = draws
    self.loss = loss
  }

  /// One candidate for each image; see `Attack`.
  public func perturb(_ task: AttackTask, model: QueriedModel) throws -> Tensor<Float> {
    try task.strongest(ofDraws: draws, loss: loss, model: model) { part, draw in
      part.threat.randomStart(
        around: part.images, ids: part.ids, restart: draw, source: part.random, purpose: .noise)
    }
  }
}
