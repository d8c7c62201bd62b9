public import Hyperparameters
public import Networks
public import Training

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
