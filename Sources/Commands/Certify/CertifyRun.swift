internal import Arguments
internal import Attacks
internal import Certification
internal import Compute
internal import Exchange
internal import Networks

/// The proportion of examples that an attack did not break.
typealias AttackedShare = Proportion

/// Bounds, or exact verification, of all examples within several radii.
struct CertifyRun {
  let inputs: AttackInputs
  let method: CertificationMethod
  let norm: Norm
  /// From the smallest up.
  let radii: [PixelLength]
  /// The attack that comes first.
  let attack: (any Attack)?
  /// Bounds above this number need not be made better.
  let enough: Double
  /// The arithmetic of the network that bounds speak about.
  var arithmetic: NetworkArithmetic { network.arithmetic }
  /// What the model makes of the images as they are.
  let clean: CleanPredictions
  private let network: BoundedNetwork

  /// Reads nothing, and finds out whether everything that is asked for can be done.
  ///
  /// - Throws: `CertificationError`, `AttackError` where it cannot, `NetworkError` where it does not fit into memory.
  init(
    _ inputs: AttackInputs, _ method: CertificationMethod, norm: Norm, radii: [PixelLength], attack: (any Attack)?,
    enough: Double = 0, arithmetic: NetworkArithmetic = .real, _ execution: RunOptions
  ) throws {
    (self.inputs, self.method) = (inputs, method)
    (self.norm, self.radii, self.attack, self.enough) = (norm, radii, attack, enough)
    let classifier = inputs.model.classifier
    guard classifier.classCount > 1 else {
      throw CertificationError.mismatch(
        expected: "a network of two classes or more", found: "one of \(classifier.classCount)")
    }
    network = try BoundedNetwork(
      network: inputs.model.file.network, parameters: inputs.model.file.parameters, arithmetic: arithmetic,
      kernels: DoubleKernels())
    for radius in radii {
      let threat = inputs.threat(norm, radius)
      try attack?.resolved(for: threat).validate(threat: threat, classCount: classifier.classCount)
    }
    clean = try CleanPredictions(of: inputs, execution.workers)
    try MemoryLimit.check(memoryEstimate(execution.workers), for: "for bounds; fewer --threads take less")
  }

  /// The run that options ask for.
  init(
    _ inputs: AttackInputs, _ options: CertifyOptions, _ method: CertificationMethod, _ execution: RunOptions
  ) throws {
    try self.init(
      inputs, method, norm: options.norm ?? .linf, radii: try options.radii(),
      attack: try options.makeAttack(for: method), enough: options.margins ? .infinity : 0,
      arithmetic: options.arithmetic, execution)
  }

  /// About how many bytes bounds take.
  func memoryEstimate(_ workers: Workers) -> Int {
    let ofThread =
      switch method {
      case .bounds(let method): method.memoryEstimate(for: network)
      case .exact, .smoothing, .clever: network.memoryEstimate + network.optimizationMemoryEstimate
      }
    return network.sharedMemoryEstimate + ofThread * min(workers.count, max(inputs.data.count, 1))
  }

  /// What makes the results doubtful.
  var warnings: [EvaluationWarning] {
    EvaluationWarning.all(
      of: inputs.data, inputs.model, threats: radii.map { (inputs.threat(norm, $0), $0.argumentText) },
      clean: clean.accuracies, runs: [], isTargeted: false, canAttackMargin: false)
  }
}

/// What happens while a radius is certified; may be told by any thread.
struct CertificationMonitor: Sendable {
  /// An example has its verdict.
  var onCertificate: @Sendable (ExampleCertificate) throws -> Void
  /// Examples are done without one, or as before.
  var onSkipped: @Sendable (Int) -> Void
  /// Whether the user has stopped the run.
  var isCancelled: @Sendable () -> Bool
}

extension CertifyRun {
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
    let threat = inputs.threat(norm, radius)
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

  /// What exact verification need not decide because attacks broke it, by id; nothing for bounds, which are to contradict
  /// no attack.
  func decided(by attacks: ExampleAccuracies) -> [Int: ExampleCertificate] {
    guard case .exact = method else { return [:] }
    let data = inputs.data
    let rows = data.ids.indices.filter { clean.isRight($0) && attacks.shares[$0] == 0 }
    return Dictionary(
      rows.map { (data.ids[$0], ExampleCertificate(id: data.ids[$0], label: data.labels[$0], verdict: .falsified)) }
    ) { first, _ in first }
  }

  /// What the model's class and the attack say of an example.
  private func initial(_ row: Int, _ found: EvaluatedCandidates?) -> ExampleCertificate {
    let (id, label) = (inputs.data.ids[row], inputs.data.labels[row])
    guard clean.isRight(row) else { return ExampleCertificate(id: id, label: label, verdict: .misclassified) }
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
        of: margins, network: network, region: region, enough: enough, workers: workers)
      let least = bounds.min() ?? -.infinity
      (certificate.verdict, certificate.marginBound) = (least > 0 ? .certified : .undecided, least)
    case .exact(let method):
      let (verdict, parts) = try method.verify(
        margins, network: network, region: region, workers: workers, isCancelled: isCancelled)
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
