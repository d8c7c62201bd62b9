internal import Arguments
internal import Attacks
internal import Certification
internal import Exchange
internal import Networks

/// The examples of one range in a certification.
struct CertifiedRange {
  let inputs: AttackInputs
  private let run: CertifyRun
  /// Whether each is classified rightly.
  private let isRight: ArraySlice<Bool>

  /// Reads them.
  init(_ run: CertifyRun, _ range: Range<Int>) throws {
    self.run = run
    inputs = try run.examples.inputs(range)
    isRight = run.examples.isRight[range]
  }

  private var method: CertificationMethod { run.method }
  var attack: (any Attack)? { run.attack }

  /// Certifies every example within one radius.
  ///
  /// - Parameters:
  ///   - radius: The radius.
  ///   - evaluator: The judge of the attack, with the threads for both.
  ///   - earlier: What is known already, by id.
  ///   - monitor: Is told of the rest.
  /// - Returns: What is known; nil where the attack was interrupted.
  /// - Throws: `ContradictedCertificate` where an attack breaks what is certified.
  func certify(
    _ radius: PixelLength, by evaluator: Evaluator, continuing earlier: [Int: ExampleCertificate],
    _ monitor: CertificationMonitor
  ) throws -> RadiusResult? {
    let start = ContinuousClock.now
    let threat = inputs.threat(run.norm, radius)
    let found = try attack.map {
      try evaluator.evaluateCandidates(
        of: $0.resolved(for: threat), on: inputs.set, threat: threat, model: inputs.model.classifier)
    }
    if let found, !found.evaluation.isComplete { return nil }
    var examples = inputs.data.labels.indices.map { initial($0, found) }
    let open = examples.indices.filter { row in needsBounds(examples[row]) && earlier[examples[row].id] == nil }
    monitor.onSkipped(examples.count - open.count)
    for row in examples.indices where needsBounds(examples[row]) {
      if let known = earlier[examples[row].id] { examples[row] = examples[row].joined(with: known) }
    }
    let certificates = try certify(open, within: threat, evaluator.workers, monitor)
    var isOpen = Set(open)
    for (row, certificate) in zip(open, certificates) {
      guard let certificate else { continue }
      isOpen.remove(row)
      examples[row] = examples[row].joined(with: certificate)
    }
    let rounded = try found.map { try checkContradictions(examples, $0, threat, evaluator) }
    return RadiusResult(
      epsilon: radius, threat: threat, examples: examples.indices.filter { !isOpen.contains($0) }.map { examples[$0] },
      requested: examples.count, attacked: found?.evaluation.robustAccuracy, breaksByRounding: rounded ?? 0,
      seconds: (ContinuousClock.now - start) / .seconds(1))
  }

  /// What the model's class and the attack say of an example.
  private func initial(_ row: Int, _ found: EvaluatedCandidates?) -> ExampleCertificate {
    let (id, label) = (inputs.data.ids[row], inputs.data.labels[row])
    guard isRight[isRight.startIndex + row] else {
      return ExampleCertificate(id: id, label: label, verdict: .misclassified)
    }
    guard let found, found.evaluation.examples[row].isBroken else {
      return ExampleCertificate(id: id, label: label, verdict: .undecided)
    }
    return ExampleCertificate(
      id: id, label: label, verdict: .falsified, counterexample: found.images.examples(row..<row + 1).scalars)
  }

  /// What an attack breaks is bounded too, unless that could only take time: a bound above 0 would be a contradiction.
  private func needsBounds(_ example: ExampleCertificate) -> Bool {
    switch (example.verdict, method) {
    case (.misclassified, _), (.falsified, .exact): false
    case (.certified, _), (.undecided, _), (.falsified, _): true
    }
  }

  /// Certifies some examples, shared out among the processes. Nil for those that were not reached.
  private func certify(
    _ rows: [Int], within threat: ThreatModel, _ workers: Workers, _ monitor: CertificationMonitor
  ) throws -> [ExampleCertificate?] {
    try workers.ranks.shared(rows) { rows in
      try certifyHere(rows, within: threat, workers, monitor)
    } onOther: { certificate in
      if let certificate { try monitor.onCertificate(certificate) }
    }
  }

  /// Certifies some examples side by side as long as there are enough for all threads; the last few one after the other on
  /// all threads.
  private func certifyHere(
    _ rows: [Int], within threat: ThreatModel, _ workers: Workers, _ monitor: CertificationMonitor
  ) throws -> [ExampleCertificate?] {
    let together = rows.count - rows.count % workers.count
    let first = try workers.map(together) {
      try finish(rows[$0], within: threat, Workers(count: 1), monitor)
    }
    return first + (try rows[together...].map { try finish($0, within: threat, workers, monitor) })
  }

  /// Certifies one example and tells of it.
  private func finish(
    _ row: Int, within threat: ThreatModel, _ workers: Workers, _ monitor: CertificationMonitor
  ) throws -> ExampleCertificate? {
    guard !monitor.isCancelled() else { return nil }
    let certificate = try certify(row, within: threat, workers, isCancelled: monitor.isCancelled)
    if let certificate { try monitor.onCertificate(certificate) }
    return certificate
  }

  /// Certifies one example; nil where that was interrupted.
  private func certify(
    _ row: Int, within threat: ThreatModel, _ workers: Workers, isCancelled: @escaping @Sendable () -> Bool
  ) throws -> ExampleCertificate? {
    let start = ContinuousClock.now
    let data = inputs.data
    let image = data.images.examples(row..<row + 1).reshaped(to: data.imageShape)
    let region = try InputRegion(around: image, threat: threat)
    let margins = OutputFunctions(marginsOf: data.labels[row], classCount: inputs.model.classifier.classCount)
    var certificate = ExampleCertificate(id: data.ids[row], label: data.labels[row], verdict: .undecided)
    switch method {
    case .bounds(let method):
      let bounds = try method.leastValues(
        of: margins, network: run.network, region: region, enough: run.enough, workers: workers)
      let least = bounds.min() ?? -.infinity
      (certificate.verdict, certificate.marginBound) = (least > 0 ? .certified : .undecided, least)
    case .exact(let method):
      let (verdict, parts) = try method.verify(
        margins, network: run.network, region: region, workers: workers, isCancelled: isCancelled)
      certificate.parts = parts
      switch verdict {
      case .certified: (certificate.verdict, certificate.marginBound) = (.certified, 0)
      case .falsified(let input): (certificate.verdict, certificate.counterexample) = (.falsified, input)
      case .undecided(let bound):
        guard !isCancelled() else { return nil }
        certificate.marginBound = bound
      }
    case .smoothing, .clever: return nil
    }
    certificate.seconds = (ContinuousClock.now - start) / .seconds(1)
    return certificate
  }
}

extension ExampleCertificate {
  /// What an attack found, and the bound of another. A certificate wins: that it contradicts an attack is found out later.
  fileprivate func joined(with certificate: ExampleCertificate) -> ExampleCertificate {
    guard verdict == .falsified, certificate.verdict == .undecided else { return certificate }
    var result = certificate
    (result.verdict, result.counterexample) = (verdict, counterexample)
    return result
  }
}
