internal import Attacks
internal import Compute
internal import Exchange
internal import Networks
internal import Reports

/// The claims of a file of adversarial examples, compared with what the evaluator finds.
struct Verification {
  /// A sentence for every claim that does not hold.
  private(set) var findings: [String] = []
  /// What the file says of the attack, where it says enough.
  let threat: ThreatModel?
  /// What the attack that the file records must keep to in place of a radius; nil where it records none of that kind.
  private(set) var limits: (any ChangeLimits)?
  /// What the evaluator found, where the file says enough to look.
  private(set) var evaluation: Evaluation?
  /// Warnings about radius and pixel range, even where all claims hold.
  private(set) var warnings: [EvaluationWarning] = []

  init(_ set: AdversarialSet, file: String, _ model: LoadedModel, isRecorded: Bool, workers: Workers) throws {
    threat = try set.threatModel(file: file)
    findings = set.defects(classCount: model.classifier.classCount)
    if let threat { warnings = Self.warnings(set, threat) }
    if set.threat.budget == .transformation {
      do {
        limits = try RecordedLimits.read(set.attack)
      } catch {
        findings.append("the record of the attack does not fit: \(error)")
      }
    }
    if let recorded = set.provenance.modelSHA256, recorded != model.file.sha256 {
      let remedy = isRecorded ? ": \(model.path) is another now; name it with --model" : ""
      findings.append("the file was made with the model of SHA-256 \(recorded), not \(model.file.sha256)\(remedy)")
      // The user did not name this model, and it is not the one that was attacked: its predictions are not compared.
      if isRecorded { return }
    }
    guard set.images.shape.example == model.classifier.inputShape else {
      throw MismatchedFile(
        description: "\(file): expected \(model.classifier.inputShape.examples), as the model \(model.path) takes, "
          + "found \(set.images.shape.example.examples)")
    }
    guard let threat else {
      findings.append("the file does not say in which norm and radius its examples lie")
      return
    }
    // With a target for some examples alone, it is not known what the attack tried.
    guard set.targets.isComplete else { return }
    let evaluation = try Self.evaluate(set, threat, limits, model, workers)
    for (row, (claim, outcome)) in zip(set.examples, evaluation.examples).enumerated() {
      findings += Self.compare(claim, outcome).map { "example \(claim.id): \($0)" }
      findings += Self.compareDistances(claim, set, row, threat.norm).map { "example \(claim.id): \($0)" }
    }
    self.evaluation = evaluation
  }

  /// Checks radius and bounds of the file against its images.
  private static func warnings(_ set: AdversarialSet, _ threat: ThreatModel) -> [EvaluationWarning] {
    let ofPixels = EvaluationWarning.ofPixels(PixelStatistics(set.images), bounds: threat.bounds)
    guard set.threat.epsilon != nil, set.threat.budget != .transformation else { return ofPixels }
    // Where the bounds do not fit the images, the radius is compared with the range that the pixels use.
    let used = ofPixels.isEmpty ? nil : PixelStatistics(set.images).range.map { PixelBox($0) }
    let measured = ThreatModel(norm: threat.norm, radius: threat.radius, bounds: used ?? threat.bounds)
    let epsilon = NumberFormat.significant(Double(threat.radius))
    return EvaluationWarning.ofRadius(measured, epsilon: epsilon, of: set.images.shape.example) + ofPixels
  }

  private static func evaluate(
    _ set: AdversarialSet, _ threat: ThreatModel, _ limits: (any ChangeLimits)?, _ model: LoadedModel,
    _ workers: Workers
  ) throws -> Evaluation {
    var evaluator = Evaluator()
    evaluator.workers = workers
    // A universal change is added to images that are misclassified without it, too.
    evaluator.attacksMisclassified = true
    return try evaluator.verify(
      set.adversarial,
      of: try EvaluationSet(
        images: set.images, labels: set.examples.map(\.label), ids: set.examples.map(\.id),
        targets: set.targets.classes),
      threat: threat, budget: Budget(set.threat.budget), limits: limits, model: model.classifier)
  }

  /// Compares the clean images with those of the dataset they are said to come from.
  mutating func compare(_ set: AdversarialSet, with data: Dataset) {
    if let threat, threat.bounds != data.pixelRange {
      findings.append(
        "pixels in \(NumberFormat.interval(threat.bounds)) in the file, in \(NumberFormat.interval(data.pixelRange)) in "
          + "the dataset")
    }
    let rows = Dictionary(data.ids.enumerated().map { ($1, $0) }) { first, _ in first }
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
    return findings
  }

  /// Compares the distances in the file with those of its images, whether they were attacked or not.
  private static func compareDistances(
    _ claim: AdversarialSet.Example, _ set: AdversarialSet, _ row: Int, _ norm: Norm
  ) -> [String] {
    let (image, candidate) = (set.images.examples(row..<row + 1), set.adversarial.examples(row..<row + 1))
    return [
      ("distance", norm, claim.distance), ("L∞ distance", .linf, claim.distanceLinf),
      ("L2 distance", .l2, claim.distanceL2),
    ].compactMap { name, norm, claimed in
      guard let claimed else { return nil }
      let found = Double(norm.distances(from: image, to: candidate)[0])
      // Single precision keeps seven digits; a distance is summed in double from the same stored pixels.
      let isSame = abs(claimed - found) <= 1e-5 * max(abs(found), 1e-3)
      return isSame ? nil : "\(name) \(claimed) in the file, \(found) now"
    }
  }
}

extension AdversarialSet {
  /// Contents that no attack writes, whatever the model.
  fileprivate func defects(classCount: Int) -> [String] {
    let repeated = Dictionary(grouping: examples, by: \.id).filter { $0.value.count > 1 }.sorted { $0.key < $1.key }
    var findings = repeated.map { "example \($0.key) stands in the file \($0.value.count) times" }
    if let requested, requested < examples.count {
      findings.append("\(examples.count) examples, although \(requested) were asked for")
    }
    for (row, example) in examples.enumerated() {
      findings += defects(row, example, classCount: classCount).map { "example \(example.id): \($0)" }
    }
    return findings
  }

  private func defects(_ row: Int, _ example: Example, classCount: Int) -> [String] {
    var findings: [String] = []
    if example.id < 0 { findings.append("an index below 0") }
    if example.forwards < 0 || example.backwards < 0 {
      findings.append("a number of passes below 0: \(example.forwards) forwards, \(example.backwards) backwards")
    }
    if let target = example.target, !(0..<classCount).contains(target) {
      findings.append("no class has the number \(target) of the target")
    }
    if example.target == nil, !targets.isComplete { findings.append("it has no target, although others have") }
    for (name, tensor) in [("x", images), ("x_adv", adversarial)] {
      let image = tensor.examples(row..<row + 1)
      if !image.scalars.allSatisfy(\.isFinite) {
        findings.append("/\(name) has a NaN or infinite pixel")
      } else if let outside = threat.bounds.firstOutside(image) {
        let area = image.exampleSize / threat.bounds.ranges.count
        let channel = threat.bounds.uniform == nil ? ", the range of channel \(outside.index / area)" : ""
        findings.append("/\(name) has a pixel outside \(NumberFormat.interval(outside.range))\(channel)")
      }
    }
    return findings
  }

  /// The target class of each example; nil where none has one. Complete where all or none have one.
  fileprivate var targets: (classes: [Int]?, isComplete: Bool) {
    let classes = examples.compactMap(\.target)
    return classes.isEmpty ? (nil, true) : (classes, classes.count == examples.count)
  }

  /// The threat model the file names; nil where it names none.
  fileprivate func threatModel(file: String) throws -> ThreatModel? {
    guard let norm = Norm(rawValue: threat.norm), let radius = radius(in: norm) else { return nil }
    let model = ThreatModel(norm: norm, radius: radius, bounds: threat.bounds)
    do {
      try model.validate()
    } catch {
      throw MismatchedFile(description: "\(file): \(error)")
    }
    return model
  }

  /// The radius of the file. A search for the nearest example need not have one: no distance between valid images is
  /// beyond what it allows. Nil where a fixed radius is missing.
  private func radius(in norm: Norm) -> Float? {
    if let epsilon = threat.epsilon { return Float(epsilon) }
    guard threat.budget != .fixed else { return nil }
    return threat.bounds.diameter(norm, of: images.shape.example)
  }
}
