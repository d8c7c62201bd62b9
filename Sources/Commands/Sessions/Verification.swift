internal import Attacks
internal import Compute
internal import Exchange
internal import Networks

/// What a file of adversarial examples claims, against what the evaluator finds.
struct Verification {
  /// A sentence for every claim that does not hold.
  private(set) var findings: [String] = []
  /// What the evaluator found, where the file says enough to look.
  private(set) var evaluation: Evaluation?

  init(_ set: AdversarialSet, file: String, _ model: LoadedModel, workers: Workers) throws {
    guard set.images.shape.example == model.classifier.inputShape else {
      throw MismatchedFile(
        description: "\(file): expected \(model.classifier.inputShape.examples), as the model \(model.path) takes, "
          + "found \(set.images.shape.example.examples)")
    }
    if let recorded = set.provenance.modelSHA256, recorded != model.file.sha256 {
      findings.append("the file was made with the model of SHA-256 \(recorded), not \(model.file.sha256)")
    }
    guard let threat = try set.threatModel(file: file) else {
      findings.append("the file does not say in which norm and radius its examples lie")
      return
    }
    let evaluation = try Self.evaluate(set, threat, model, workers)
    for (claim, outcome) in zip(set.examples, evaluation.examples) {
      findings += Self.compare(claim, outcome).map { "example \(claim.id): \($0)" }
    }
    self.evaluation = evaluation
  }

  private static func evaluate(
    _ set: AdversarialSet, _ threat: ThreatModel, _ model: LoadedModel, _ workers: Workers
  ) throws -> Evaluation {
    var evaluator = Evaluator()
    evaluator.workers = workers
    let targets = set.examples.compactMap(\.target)
    return try evaluator.verify(
      set.adversarial,
      of: try EvaluationSet(
        images: set.images, labels: set.examples.map(\.label), ids: set.examples.map(\.id),
        targets: targets.count == set.examples.count ? targets : nil),
      threat: threat, model: model.classifier)
  }

  /// Compares the clean images with those of the dataset they are said to come from.
  mutating func compare(_ set: AdversarialSet, with data: Dataset) {
    let rows = Dictionary(uniqueKeysWithValues: data.ids.enumerated().map { ($1, $0) })
    for (row, example) in set.examples.enumerated() {
      let finding: String? =
        if let index = rows[example.id] {
          if data.labels[index] != example.label {
            "label \(example.label) in the file, \(data.labels[index]) in the dataset"
          } else if data.images.examples(index..<index + 1) != set.images.examples(row..<row + 1) {
            "the clean image is not that of the dataset"
          } else {
            nil
          }
        } else {
          "the dataset has no example of that index"
        }
      if let finding { findings.append("example \(example.id): \(finding)") }
    }
  }

  private static func compare(_ claim: AdversarialSet.Example, _ outcome: ExampleOutcome) -> [String] {
    var findings: [String] = []
    if case .invalid(let defect) = outcome.status, claim.status != outcome.status.name { findings.append("\(defect)") }
    func expect<T: Equatable>(_ name: String, _ claimed: T, _ found: T) {
      if claimed != found { findings.append("\(name) \(claimed) in the file, \(found) now") }
    }
    expect("clean prediction", claim.cleanPrediction, outcome.cleanPrediction ?? -1)
    expect("adversarial prediction", claim.adversarialPrediction, outcome.adversarialPrediction ?? -1)
    expect("success", claim.isSuccess, outcome.isBroken)
    expect("status", claim.status, outcome.status.name)
    for (name, claimed, found) in [
      ("L∞ distance", claim.distanceLinf, Double(outcome.distanceLinf)),
      ("L2 distance", claim.distanceL2, Double(outcome.distanceL2)),
    ] {
      // Single precision keeps seven digits; a distance is summed in double from the same stored pixels.
      let isSame = abs(claimed - found) <= 1e-5 * max(abs(found), 1e-3)
      if !isSame { findings.append("\(name) \(claimed) in the file, \(found) now") }
    }
    return findings
  }
}

extension AdversarialSet {
  /// The threat model the file names; nil where it names none.
  fileprivate func threatModel(file: String) throws -> ThreatModel? {
    guard let norm = Norm(rawValue: threat.norm), let epsilon = threat.epsilon else { return nil }
    let model = ThreatModel(norm: norm, radius: Float(epsilon), bounds: threat.bounds)
    do {
      try model.validate()
    } catch {
      throw MismatchedFile(description: "\(file): \(error)")
    }
    return model
  }
}
