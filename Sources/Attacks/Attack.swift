public import Hyperparameters
public import Networks

/// Hyper-parameters of an attack, and the search for adversarial examples with them.
///
/// An attack gives back one candidate for every image and nothing else: whether it is adversarial, and near enough, is
/// found out by `Evaluator`. The candidate of an example depends on the image, its id and the seed, never on the other
/// examples of its task.
public protocol Attack: Configurable, Codable, Hashable {
  /// The norms in which it can work.
  static var norms: [Norm] { get }

  /// As tables call it; where it runs in more than one form, which.
  var title: String { get }

  /// What it ascends, where that is a loss of the logits.
  var ascendedLoss: Loss? { get }

  /// The forward and backward passes that it makes for one example that it does not break, by which time and progress are
  /// foretold; a gradient is one of each. An estimate where that depends on what is found, such as a start.
  var passesPerExample: Double { get }

  /// The same attack with every value filled in that depends on the threat model, as records show it.
  func resolved(for threat: ThreatModel) -> Self

  /// The same attack making every step on every example, where it would let those go that are broken.
  var withoutEarlyStop: Self { get }

  /// Checks the hyper-parameters, against threat model and model too.
  ///
  /// - Throws: `AttackError`.
  func validate(threat: ThreatModel, classCount: Int) throws

  /// Candidates for adversarial examples, one for each image of the task, in the same order.
  ///
  /// - Throws: What the model throws.
  func perturb(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float>
}

extension Attack {
  /// The name on the command line and in results.
  public static var name: String { method.name }

  /// None.
  public var ascendedLoss: Loss? { nil }

  /// Those of one gradient.
  public var passesPerExample: Double { 2 }

  /// That of the method.
  public var title: String { Self.method.title }

  /// The title, with a loss that is not the usual one.
  func title(with loss: Loss) -> String {
    loss == .crossEntropy ? Self.method.title : "\(Self.method.title), \(loss)"
  }

  /// It makes them anyway.
  public var withoutEarlyStop: Self { self }

  /// Nothing depends on it.
  public func resolved(for threat: ThreatModel) -> Self { self }

  /// Checks the ranges, the norm, and that there are classes enough for what is ascended.
  public func validate(threat: ThreatModel, classCount: Int) throws {
    try check(threat, classCount: classCount)
    if let ascendedLoss { try require(ascendedLoss, classCount: classCount) }
  }

  /// Checks the ranges, the norm, and that there is another class.
  func check(_ threat: ThreatModel, classCount: Int) throws {
    do { try check() } catch { throw AttackError.hyperparameter(error) }
    guard Self.norms.contains(threat.norm) else {
      throw AttackError.norm(attack: Self.name, found: threat.norm, expected: Self.norms)
    }
    guard classCount >= 2 else { throw AttackError.noOtherClass(attack: Self.name, found: classCount) }
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
  func perturb(_ task: AttackTask, model: QueriedModel) throws -> Tensor<Float>
}

extension BlackBoxAttack {
  /// The same without use of gradients.
  public func perturb(_ task: AttackTask, model: AttackedModel) throws -> Tensor<Float> {
    try perturb(task, model: model.queried)
  }
}

/// An attack that sees nothing of a model but the classes it predicts.
public protocol DecisionAttack: BlackBoxAttack {
  /// Candidates for adversarial examples, one for each image; see `Attack`.
  func perturb(_ task: AttackTask, model: DecisionModel) throws -> Tensor<Float>
}

extension DecisionAttack {
  /// The same without use of logits.
  public func perturb(_ task: AttackTask, model: QueriedModel) throws -> Tensor<Float> {
    try perturb(task, model: DecisionModel(model))
  }
}

/// An attack that looks for the nearest adversarial point, however far: one run answers for every radius.
///
/// The radius of its task is infinite, so that it cannot depend on one. Where no adversarial point was found, what it
/// gives back for an image is the image.
public protocol MinimumNormAttack: Attack {}

/// An attack that changes an image by something other than a small difference, such as a rotation or a patch: it has limits
/// of its own, and the radius means nothing to it.
///
/// The radius of its task is infinite; what it gives back must lie in the box, at whatever distance, and within its own
/// limits as far as they can be told from the point.
public protocol TransformationAttack: Attack, ChangeLimits {}

/// What a change of an image must keep to in place of a radius.
public protocol ChangeLimits: Sendable {
  /// The limits for images of a shape, in words.
  func limits(for example: Shape) -> String

  /// What a point breaks of them; nil where nothing, or where image and point do not tell.
  func violation(from image: Tensor<Float>, to point: Tensor<Float>) -> String?
}

extension ChangeLimits {
  /// Nothing more is known of them.
  public func limits(for example: Shape) -> String { "limits of the attack's own" }

  /// They cannot be told from a point.
  public func violation(from image: Tensor<Float>, to point: Tensor<Float>) -> String? { nil }
}

/// How an attack uses the radius of the threat model.
public enum Budget: String, Codable, Sendable {
  /// It looks for an adversarial example within the radius.
  case fixed
  /// It looks for the nearest adversarial example; a farther one than the radius is no success, and no violation.
  case minimal
  /// It has limits of its own instead, and success is success at any distance.
  case transformation

  /// That of several attacks together: of several kinds the union keeps to the radius, but where one has none.
  public init(of attacks: [any Attack]) {
    let budgets = attacks.map { type(of: $0).budget }
    self = budgets.contains(.transformation) ? .transformation : budgets.contains(.fixed) ? .fixed : .minimal
  }
}

extension Attack {
  /// How it uses the radius.
  public static var budget: Budget {
    self is any MinimumNormAttack.Type ? .minimal : self is any TransformationAttack.Type ? .transformation : .fixed
  }
}

/// A minimum-norm attack that can be told when it is enough.
public protocol StoppingMinimumNormAttack: MinimumNormAttack {
  /// The same letting an example go with its first adversarial point within a radius, as it is run where one radius is all
  /// that counts.
  func stopping(within radius: Float) -> Self
}
