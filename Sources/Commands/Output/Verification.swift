internal import Attacks
internal import Compute
internal import Exchange
internal import Networks

/// What a file of adversarial examples claims, against what the evaluator finds.
struct Verification {
  private let set: AdversarialSet
  private let model: LoadedModel
  private let workers: Workers

  init(_ set: AdversarialSet, _ model: LoadedModel, workers: Workers) {
    self.set = set
    self.model = model
    self.workers = workers
  }

  /// A sentence for every claim that does not hold.
  func findings() throws -> [String] {
    var findings: [String] = []
    if let recorded = set.provenance.modelSHA256, recorded != model.file.sha256 {
      findings.append("the file was made with the model of SHA-256 \(recorded), not \(model.file.sha256)")
    }
    guard let norm = Norm(rawValue: set.threat.norm), let epsilon = set.threat.epsilon else {
      return findings + ["the file does not say in which norm and radius its examples lie"]
    }
    let threat = ThreatModel(norm: norm, radius: Float(epsilon), bounds: set.threat.bounds)
    var evaluator = Evaluator()
    evaluator.workers = workers
    let targets = set.examples.compactMap(\.target)
    let evaluation = try evaluator.verify(
      set.adversarial,
      of: try EvaluationSet(
        images: set.images, labels: set.examples.map(\.label), ids: set.examples.map(\.id),
        targets: targets.count == set.examples.count ? targets : nil),
      threat: threat, model: model.classifier)
    for (claim, outcome) in zip(set.examples, evaluation.examples) {
      findings += Self.compare(claim, outcome).map { "example \(claim.id): \($0)" }
    }
    return findings
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
    ] where abs(claimed - found) > 1e-5 * max(abs(found), 1e-3) {
      // Single precision keeps seven digits; a distance is summed in double from the same stored pixels.
      findings.append("\(name) \(claimed) in the file, \(found) now")
    }
    return findings
  }
}
