public import Hyperparameters
public import Networks

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

extension AdversarialDefence {
  /// The radius is in pixel units.
  public mutating func scale(toPixelsOfWidth width: Float) { threat.radius *= width }

  /// The ramp is given in epochs.
  public mutating func stretch(by factor: Double) { threat.rampEpochs *= factor }

  /// The method for pixels of a range.
  package func prepared(bounds: ClosedRange<Float>, workers: Workers) -> Self {
    var result = self
    result.threat.bounds = PixelBox(bounds)
    result.workers = workers
    return result
  }
}

extension AdversarialDefence where Self: TrainingObjective {
  /// Itself.
  public func makeObjective(
    bounds: ClosedRange<Float>, sources: [any DifferentiableClassifier], workers: Workers
  ) -> any TrainingObjective { prepared(bounds: bounds, workers: workers) }
}
