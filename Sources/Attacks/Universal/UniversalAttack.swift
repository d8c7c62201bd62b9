public import Hyperparameters
public import Networks

/// An attack that fits one change to some images, to be made to all others.
///
/// By its nature the change depends on all images of the fit together. What it makes of another image depends on the
/// change, that image, its id and the seed alone.
public protocol UniversalAttack: Configurable, Codable, Hashable {
  /// Whether the change keeps to the radius, or has limits of its own.
  static var budget: Budget { get }
  /// Whether it can aim at one class for all images.
  static var aimsAtClasses: Bool { get }

  /// The same attack with every value filled in that depends on the threat model, as records show it.
  func resolved(for threat: ThreatModel) -> Self

  /// Checks the hyper-parameters, against threat model, images and model too.
  ///
  /// - Throws: `AttackError`.
  func validate(threat: ThreatModel, images: Shape, classCount: Int) throws

  /// Fits a change to a set of images.
  ///
  /// - Throws: What the model throws, and what the run throws when it is told of progress.
  func fit(
    on set: EvaluationSet, threat: ThreatModel, model: any DifferentiableClassifier, run: FitRun
  ) throws -> any UniversalChange
}

extension UniversalAttack {
  /// The name on the command line and in results.
  public static var name: String { method.name }

  /// That of the method.
  public var title: String { Self.method.title }

  /// Nothing depends on it.
  public func resolved(for threat: ThreatModel) -> Self { self }
}

/// What a fit is given beside images and model.
public struct FitRun: Sendable {
  /// The randomness.
  public var random = RandomSource(seed: 0)
  /// The threads. Results do not depend on it.
  public var workers = Workers(count: 1)
  /// Told between steps which share of the work is done; what it throws ends the fit.
  public var onProgress: @Sendable (_ share: Double) throws -> Void = { _ in }

  /// Seed 0, one thread.
  public init() {}
}

/// One change that is made to every image.
public protocol UniversalChange: Sendable {
  /// The change as it is kept in files, the scalars of one example: what is added to an image, or a patch.
  var change: Tensor<Float> { get }
  /// What it keeps to in place of the radius.
  var limits: (any ChangeLimits)? { get }

  /// The images of a set with the change.
  func made(to set: EvaluationSet) -> Tensor<Float>

  /// A random change of the same size, made at the same places: what shows how much of its effect is owed to size alone.
  func randomized(by random: RandomSource) -> Self
}

/// Every universal attack there is.
public enum UniversalCatalog {
  /// The attacks.
  public static let attacks: [any UniversalAttack.Type] = [
    UniversalPatch.Settings.self, UniversalPerturbation.Settings.self, UniversalAscent.self,
  ]

  /// The names on the command line.
  public static var names: [String] { attacks.map { $0.name } }
}
