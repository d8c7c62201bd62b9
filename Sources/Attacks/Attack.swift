public import Hyperparameters
public import Networks

/// How an attack uses the radius of the threat model.
public enum Budget: String, Codable, Sendable {
  /// It looks for an adversarial example within the radius.
  case fixed
  /// It looks for the nearest adversarial example; a farther one than the radius is no success, and no violation.
  case minimal
}

/// Hyper-parameters of an attack, and the search for adversarial examples with them.
///
/// An attack gives back one candidate for every image and nothing else: whether it is adversarial, and near enough, is
/// found out by `Evaluator`. The candidate of an example depends on the image, its id and the seed, never on the rest
/// of its batch.
public protocol Attack: Configurable, Codable, Hashable {
  /// The norms in which it can work.
  static var norms: [Norm] { get }

  /// How it uses the radius.
  static var budget: Budget { get }

  /// As tables call it; where it runs in more than one form, which.
  var title: String { get }

  /// The forward and backward passes that it makes for one example at most, by which progress is foretold; a gradient
  /// is one of each.
  var passesPerExample: Double { get }

  /// The same attack with every value filled in that depends on the threat model, as records show it.
  func resolved(for threat: ThreatModel) -> Self

  /// Checks the hyper-parameters, against threat model and model too.
  ///
  /// - Throws: `AttackError`.
  func validate(threat: ThreatModel, classCount: Int) throws

  /// Candidates for adversarial examples, one for each image.
  ///
  /// - Parameters:
  ///   - images: The clean images `[N, C, H, W]`, in the bounds of the threat model.
  ///   - ids: The index of each image in its dataset.
  ///   - goal: What is wanted of each.
  ///   - threat: Norm, radius and bounds.
  ///   - model: The model attacked.
  ///   - random: The randomness of the run.
  /// - Returns: The candidates, in the same order.
  /// - Throws: What the model throws.
  func perturb(
    _ images: Tensor<Float>, ids: [Int], goal: Goal, threat: ThreatModel, model: any DifferentiableClassifier,
    random: RandomSource
  ) throws -> Tensor<Float>
}

extension Attack {
  /// The name on the command line and in results.
  public static var name: String { method.name }

  /// A fixed radius.
  public static var budget: Budget { .fixed }

  /// Those of one gradient.
  public var passesPerExample: Double { 2 }

  /// That of the method.
  public var title: String { Self.method.title }

  /// The title, with a loss that is not the usual one.
  func title(with loss: Loss) -> String {
    loss == .crossEntropy ? Self.method.title : "\(Self.method.title), \(loss)"
  }

  /// Nothing depends on it.
  public func resolved(for threat: ThreatModel) -> Self { self }

  /// Checks the ranges and the norm.
  public func validate(threat: ThreatModel, classCount: Int) throws {
    try check(threat)
  }

  /// Checks the ranges and the norm.
  func check(_ threat: ThreatModel) throws {
    do { try check() } catch { throw AttackError.hyperparameter(error) }
    guard Self.norms.contains(threat.norm) else {
      throw AttackError.norm(attack: Self.name, found: threat.norm, expected: Self.norms)
    }
  }

  func require(_ loss: Loss, classCount: Int) throws {
    guard classCount >= loss.minimumClasses else {
      throw AttackError.classes(loss: loss, found: classCount)
    }
  }
}

/// An attack that sees nothing of a model but logits.
public protocol BlackBoxAttack: Attack {
  /// Candidates for adversarial examples, one for each image; see `Attack`.
  func perturb(
    _ images: Tensor<Float>, ids: [Int], goal: Goal, threat: ThreatModel, model: any Classifier, random: RandomSource
  ) throws -> Tensor<Float>
}

extension BlackBoxAttack {
  /// The same without use of gradients.
  public func perturb(
    _ images: Tensor<Float>, ids: [Int], goal: Goal, threat: ThreatModel, model: any DifferentiableClassifier,
    random: RandomSource
  ) throws -> Tensor<Float> {
    try perturb(images, ids: ids, goal: goal, threat: threat, model: model as any Classifier, random: random)
  }
}

/// An attack that can't be run as asked.
public enum AttackError: Error, Equatable, CustomStringConvertible {
  /// A hyper-parameter out of its range.
  case hyperparameter(HyperparameterError)
  /// A norm that the attack does not work in.
  case norm(attack: String, found: Norm, expected: [Norm])
  /// A model with fewer classes than the loss needs.
  case classes(loss: Loss, found: Int)
  /// An attack that needs gradients, on a model that has none.
  case noGradient(attack: String)
  /// Labels, ids or targets that don't match the images in number.
  case count(of: String, found: Int, expected: Int)
  /// Images of another shape than the model takes.
  case shape(found: Shape, expected: Shape)

  /// What was expected and what was found.
  public var description: String {
    switch self {
    case .hyperparameter(let error): "\(error)"
    case .norm(let attack, let found, let expected):
      "\(attack) works in \(expected.map(\.symbol).joined(separator: ", ")), not in \(found.symbol)"
    case .classes(let loss, let found):
      "the loss '\(loss)' needs \(loss.minimumClasses) classes, the model has \(found)"
    case .noGradient(let attack): "\(attack) needs gradients, and the model has none"
    case .count(let of, let found, let expected): "expected \(expected) \(of), one for each image, found \(found)"
    case .shape(let found, let expected): "expected images of shape \(expected), as the model takes, found \(found)"
    }
  }
}
