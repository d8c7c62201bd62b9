public import Hyperparameters
public import Networks
public import Training

/// A method of training that makes a network resist an attacker: the hyper-parameters of what is minimised.
public protocol TrainingDefence: Configurable {
  /// How many other models it trains with, as numbers and in words.
  static var sources: (count: ClosedRange<Int>, text: String) { get }

  /// Changes of the images that belong to the method.
  var augmentations: [any Augmentation] { get }

  /// Adapts what is in pixel units, which are those of pixels from 0 to 1, to pixels of another range.
  mutating func scale(toPixelsOfWidth width: Float)

  /// Adapts what is given in epochs to a run that is longer by a factor.
  mutating func stretch(by factor: Double)

  /// Sets hyper-parameters by their names to what was typed. A step of an attack whose length is not among them keeps its
  /// ratio to the radius.
  ///
  /// - Throws: `HyperparameterError` for a name that the method does not have, or a value out of its range.
  mutating func replace(_ given: [(name: String, value: String)]) throws(HyperparameterError)

  /// What is minimised; see `objective(bounds:sources:workers:)`, which checks.
  func makeObjective(
    bounds: ClosedRange<Float>, sources: [any DifferentiableClassifier], workers: Workers
  ) -> any TrainingObjective
}

extension TrainingDefence {
  /// None.
  public static var sources: (count: ClosedRange<Int>, text: String) { (0...0, "none for '\(method.name)'") }

  /// None.
  public var augmentations: [any Augmentation] { [] }

  /// Nothing is in pixel units.
  public mutating func scale(toPixelsOfWidth width: Float) {}

  /// Nothing is given in epochs.
  public mutating func stretch(by factor: Double) {}

  /// What the method minimises.
  ///
  /// - Parameters:
  ///   - bounds: The values a pixel may have.
  ///   - sources: The models of ensemble adversarial training, or the teacher of distillation.
  ///   - workers: Threads of the attacks.
  /// - Returns: The objective.
  /// - Throws: `HyperparameterError` where a value is out of its range, `TrainingError` for too many or too few sources.
  public func objective(
    bounds: ClosedRange<Float> = 0...1, sources: [any DifferentiableClassifier] = [],
    workers: Workers = Workers(count: 1)
  ) throws -> any TrainingObjective {
    try check()
    guard Self.sources.count.contains(sources.count) else {
      throw TrainingError.invalidSetting("source models", expected: Self.sources.text, found: "\(sources.count)")
    }
    return makeObjective(bounds: bounds, sources: sources, workers: workers)
  }

  /// Sets them one after the other.
  public mutating func replace(_ given: [(name: String, value: String)]) throws(HyperparameterError) {
    for (name, value) in given { try set(name, to: value) }
  }
}

/// A method whose training has an attacker.
public protocol AdversarialDefence: TrainingDefence {
  /// What the attacker may do.
  var threat: TrainingThreat { get set }

  /// Threads of the attack.
  var workers: Workers { get set }
}

/// A method whose attacker takes steps of a length that can be set.
public protocol SteppingDefence: AdversarialDefence {
  /// The length of a step at the full radius; nil for one that follows from the radius.
  var stepSize: Float? { get set }
}

/// A method that can be combined with adversarial weight perturbation.
public protocol WeightPerturbingDefence: AdversarialDefence, AdversarialObjective {
  /// How far and when.
  var perturbation: WeightPerturbationSize { get set }
}

extension AdversarialDefence {
  /// The radius is in pixel units.
  public mutating func scale(toPixelsOfWidth width: Float) { threat.radius *= width }

  /// The ramp is given in epochs.
  public mutating func stretch(by factor: Double) { threat.rampEpochs *= factor }

  /// The method for pixels of a range.
  func prepared(bounds: ClosedRange<Float>, workers: Workers) -> Self {
    var result = self
    result.threat.bounds = PixelBox(bounds)
    result.workers = workers
    return result
  }
}

extension SteppingDefence {
  /// Radius and step are in pixel units.
  public mutating func scale(toPixelsOfWidth width: Float) {
    threat.radius *= width
    stepSize = stepSize.map { $0 * width }
  }

  /// Sets them one after the other, and the step in proportion to the radius.
  public mutating func replace(_ given: [(name: String, value: String)]) throws(HyperparameterError) {
    let old = threat.radius
    for (name, value) in given { try set(name, to: value) }
    let names = Set(given.map(\.name))
    guard old > 0, names.contains("eps"), !names.contains("step-size") else { return }
    stepSize = stepSize.map { $0 / old * threat.radius }
  }
}

extension AdversarialDefence where Self: TrainingObjective {
  /// Itself.
  public func makeObjective(
    bounds: ClosedRange<Float>, sources: [any DifferentiableClassifier], workers: Workers
  ) -> any TrainingObjective { prepared(bounds: bounds, workers: workers) }
}

extension WeightPerturbingDefence {
  /// Ramp and warm-up are given in epochs.
  public mutating func stretch(by factor: Double) {
    threat.rampEpochs *= factor
    perturbation.warmUpEpochs *= factor
  }

  /// Itself, at perturbed weights where they are to be perturbed.
  public func makeObjective(
    bounds: ClosedRange<Float>, sources: [any DifferentiableClassifier], workers: Workers
  ) -> any TrainingObjective {
    perturbation.applied(to: prepared(bounds: bounds, workers: workers))
  }
}

extension Hyperparameter {
  /// The steps of an attack.
  static func steps(_ path: any WritableKeyPath<Owner, Int> & Sendable) -> Hyperparameter {
    .integer("steps", path, in: 1...100_000, "The steps of the attack.")
  }

  /// The length of a step of an attack.
  static func stepSize(
    _ path: any WritableKeyPath<Owner, Float?> & Sendable, standard: String
  ) -> Hyperparameter {
    .number("step-size", path, .above(0), unit: "pixels", standard: standard, "The length of a step.")
  }

  /// Whether an attack begins at a random point.
  static func randomStart(_ path: any WritableKeyPath<Owner, Bool> & Sendable) -> Hyperparameter {
    .flag("random-start", path, "Begin the attack at a random point of the ball.")
  }

  /// Half the distance between the weight gradients whose difference stands for a second derivative.
  static func difference(_ path: any WritableKeyPath<Owner, Float> & Sendable) -> Hyperparameter {
    .number(
      "difference", path, .above(0), unit: "pixels",
      "Half the distance over which weight gradients are compared, for the gradient of the penalty.")
  }

  /// The weight of a divergence.
  static func beta(_ path: any WritableKeyPath<Owner, Float> & Sendable) -> Hyperparameter {
    .number("beta", path, .from(0, to: 1_000_000), "The weight of the divergence.")
  }

  /// The weight of a penalty. That of the input gradient grows with the square of the range of pixels.
  static func penalty(_ path: any WritableKeyPath<Owner, Float> & Sendable) -> Hyperparameter {
    .number("penalty", path, .from(0, to: 1_000_000_000), "The weight of the penalty.")
  }
}
