internal import Attacks
internal import Exchange
internal import Networks

extension AdversarialSet {
  /// The size of a file with examples of a dataset: clean and adversarial images, and some hundred bytes of results for
  /// each.
  static func byteCount(of data: DatasetProperties, count: Int) -> Int {
    count * (2 * MemoryLayout<Float>.size * data.imageShape.count + 120)
  }

  /// The results of an evaluation, for a file.
  init(
    _ found: EvaluatedCandidates, images: Tensor<Float>, attack: String, budget: Budget, precision: Precision,
    provenance: Provenance, change: Tensor<Float>? = nil, classNames: [String]? = nil
  ) {
    // In the order of their codes.
    let statuses: [ExampleStatus] = [.misclassified, .robust, .broken, .beyondRadius, .invalid(.logitsNotFinite)]
    let threat = found.evaluation.threat
    self.init(
      images: images, adversarial: found.images, examples: found.evaluation.examples.map(Example.init),
      statusNames: statuses.map(\.name),
      threat: Threat(
        norm: threat.norm.rawValue, epsilon: Double(threat.radius), budget: Threat.Budget(budget),
        bounds: threat.bounds),
      attack: attack, precision: precision.rawValue, provenance: provenance, requested: found.evaluation.requested,
      change: change, classNames: classNames)
  }
}

extension AdversarialSet.Example {
  fileprivate init(_ outcome: ExampleOutcome) {
    self.init(
      id: outcome.id, label: outcome.label, target: outcome.target, cleanPrediction: outcome.cleanPrediction ?? -1,
      adversarialPrediction: outcome.adversarialPrediction ?? -1, isSuccess: outcome.isBroken,
      status: outcome.status.name, distance: Double(outcome.distance), distanceLinf: Double(outcome.distanceLinf),
      distanceL2: Double(outcome.distanceL2), forwards: outcome.forwards, backwards: outcome.backwards,
      seconds: outcome.seconds)
  }
}

extension AdversarialSet.Threat.Budget {
  init(_ budget: Budget) {
    self =
      switch budget {
      case .fixed: .fixed
      case .minimal: .minimal
      case .transformation: .transformation
      }
  }
}

extension Budget {
  init(_ recorded: AdversarialSet.Threat.Budget) {
    self =
      switch recorded {
      case .fixed: .fixed
      case .minimal: .minimal
      case .transformation: .transformation
      }
  }
}
