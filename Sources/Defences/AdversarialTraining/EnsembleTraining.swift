public import Hyperparameters
public import Networks
public import Training

/// Ensemble adversarial training: `MixedTraining` with adversarial images of other models too. Tramèr et al., arXiv
/// 1705.07204.
public struct EnsembleTraining: AdversarialDefence {
  /// Name, title and source.
  public static let method = Method(
    name: "ensemble", title: "Ensemble adversarial training",
    summary: "Clean images and FGSM images of several models in turn: for attacks by transfer.",
    citation: "Tramèr, Kurakin, Papernot, Goodfellow, Boneh and McDaniel, arXiv 1705.07204")
  /// The other models.
  public static var sources: (count: ClosedRange<Int>, text: String) {
    (1...Int.max, "at least one for an ensemble")
  }

  /// The mixture of clean and adversarial images.
  public var mixture = MixedTraining()

  /// All of them.
  public static let hyperparameters: [Hyperparameter<EnsembleTraining>] = MixedTraining.hyperparameters
    .lifted(to: \.mixture)

  /// The defaults.
  public init() {}

  /// Creates a method.
  public init(threat: TrainingThreat) {
    mixture.threat = threat
  }

  /// The threat of the mixture.
  public var threat: TrainingThreat {
    get { mixture.threat }
    set { mixture.threat = newValue }
  }

  /// The threads of the mixture.
  public var workers: Workers {
    get { mixture.workers }
    set { mixture.workers = newValue }
  }

  /// The mixture with the models.
  public func makeObjective(
    bounds: ClosedRange<Float>, sources: [any DifferentiableClassifier], workers: Workers
  ) -> any TrainingObjective {
    var objective = mixture.prepared(bounds: bounds, workers: workers)
    objective.sources = sources
    return objective
  }
}
