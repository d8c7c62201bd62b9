public import Hyperparameters
public import Networks

/// CLEVER: an **estimate, not a certificate**, of the smallest perturbation that changes the class.
///
///     score = min over j of min((z_c − z_j)/L_j, R)     L_j estimates max ‖∇(z_c − z_j)‖ in the dual norm, within R
///
/// Weng et al., *Evaluating the robustness of neural networks: an extreme value theory approach*, arXiv 1801.10578. The
/// largest gradient of each batch of random points around an image follows a reverse Weibull distribution, whose end
/// estimates the largest gradient of all. The smallest perturbation may be less than the score: random points miss rare
/// large gradients, and a model that hides its gradients hides them from this score too (Goodfellow, arXiv 1804.07870).
public struct CleverScore: Configurable, Codable, Hashable {
  /// Name, title and source.
  public static let method = Method(
    name: "clever", title: "CLEVER score",
    summary: "An estimate (no certificate) of the smallest perturbation, from gradients at random points.",
    citation: "Weng et al., arXiv 1801.10578")

  /// The numbers of batches and points.
  public static let hyperparameters: [Hyperparameter<CleverScore>] = [
    .integer("batches", \.batches, in: 1...100_000, "The batches, of each of which the largest gradient counts."),
    .integer("samples", \.samples, in: 1...100_000, "The random points of each batch."),
  ]

  /// The number of batches.
  public var batches = 500
  /// The points of each.
  public var samples = 1024

  /// The paper's 500 batches of 1024 points.
  public init() {}

  /// Other numbers of batches and points.
  public init(batches: Int, samples: Int) { (self.batches, self.samples) = (batches, samples) }

  /// The estimate for one image.
  ///
  /// - Parameters:
  ///   - image: The image `[1, …]`.
  ///   - id: Its index in its dataset; its random points depend on it.
  ///   - threat: The norm, the radius R of the ball in which gradients are looked at, and the box.
  ///   - model: The model.
  ///   - random: The randomness of the points.
  ///   - workers: The threads among which batches are shared out.
  ///   - isCancelled: Asked before every pass.
  /// - Returns: The estimate towards every other class; none where logits are not finite.
  /// - Throws: `HyperparameterError`, `ThreatModelError`; `CleverError` for a norm without dual, or gradients that are not
  ///   finite; `CancellationError`; what the model throws.
  public func estimate(
    for image: Tensor<Float>, id: Int, threat: ThreatModel, model: any DifferentiableClassifier,
    random: RandomSource = RandomSource(seed: 0), workers: Workers = Workers(count: 1),
    isCancelled: @escaping @Sendable () -> Bool = { false }
  ) throws -> CleverEstimate? {
    try check()
    try threat.validate()
    try threat.validate(for: model.inputShape)
    guard let dual = threat.norm.dual else { throw CleverError.norm(threat.norm) }
    let logits = try model.logits(of: image)
    guard let label = predictions(of: logits).first ?? nil else { return nil }
    let others = (0..<model.classCount).filter { $0 != label }
    let maxima = try workers.map(batches) { batch in
      let points = threat.randomStart(
        around: image.gathering(Array(repeating: 0, count: samples)),
        ids: (0..<samples).map { batch * samples + $0 }, restart: id, source: random, purpose: .check)
      return try others.map { other in
        guard !isCancelled() else { throw CancellationError() }
        return try largestGradient(of: label, minus: other, at: points, norm: dual, model: model)
      }
    }
    let targets = zip(others, others.indices).map { other, index in
      CleverEstimate.Target(
        targetClass: other, margin: Double(logits.scalars[label]) - Double(logits.scalars[other]),
        gradient: ReverseWeibull(fitting: maxima.map { $0[index] }).end)
    }
    return CleverEstimate(predictedClass: label, radius: Double(threat.radius), targets: targets)
  }

  private func largestGradient(
    of label: Int, minus other: Int, at points: Tensor<Float>, norm: Norm, model: any DifferentiableClassifier
  ) throws -> Double {
    let (_, gradient) = try model.pullback(at: points) { logits, _ in
      var row = [Float](repeating: 0, count: logits.exampleSize)
      (row[label], row[other]) = (1, -1)
      return Tensor(shape: logits.shape, scalars: Array(repeatElement(row, count: logits.exampleCount).joined()))
    }
    let lengths = norm.distances(from: Tensor(shape: gradient.shape), to: gradient)
    guard lengths.allSatisfy(\.isFinite) else { throw CleverError.gradient(from: label, to: other) }
    return Double(lengths.max() ?? 0)
  }
}

/// The CLEVER scores of an image: estimates, no certificates.
public struct CleverEstimate: Hashable, Sendable, Codable {
  /// The score towards one class.
  public struct Target: Hashable, Sendable, Codable {
    /// The class j.
    public let targetClass: Int
    /// z_c − z_j at the image.
    public let margin: Double
    /// The estimate of the largest gradient of the margin in the ball, in the dual norm.
    public let gradient: Double
  }

  /// The class c that the model predicts.
  public let predictedClass: Int
  /// The radius R of the ball, which no score exceeds.
  public let radius: Double
  /// The estimate towards every other class.
  public let targets: [Target]

  /// The least score of all classes.
  public var score: Double { targets.map(score).min() ?? radius }

  /// The score towards one class.
  public func score(_ target: Target) -> Double {
    target.gradient > 0 ? min(target.margin / target.gradient, radius) : radius
  }
}

/// A score that can't be computed.
public enum CleverError: Error, Hashable, CustomStringConvertible {
  /// A norm that measures no gradients.
  case norm(Norm)
  /// A gradient that is not finite.
  case gradient(from: Int, to: Int)

  /// What was expected and what was found.
  public var description: String {
    switch self {
    case .norm(let norm): "CLEVER works in L∞, L2 and L1, not in \(norm.symbol)"
    case .gradient(let label, let other):
      "CLEVER: expected finite gradients, found others in the difference of logits \(label) and \(other)"
    }
  }
}
