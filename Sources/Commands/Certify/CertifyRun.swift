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
  let examples: CertifiedExamples
  let method: CertificationMethod
  let norm: Norm
  /// From the smallest up.
  let radii: [PixelLength]
  /// The attack that comes first.
  let attack: (any Attack)?
  /// Bounds above this number need not be made better.
  let enough: Double
  /// What bounds speak about.
  let network: BoundedNetwork
  /// Its arithmetic.
  var arithmetic: NetworkArithmetic { network.arithmetic }
  var subject: AttackSubject { examples.subject }

  /// Certifies nothing yet, and finds out whether everything that is asked for can be done.
  ///
  /// - Throws: `CertificationError`, `AttackError` where it cannot, `NetworkError` where it does not fit into memory; what
  ///   reading the examples throws.
  init(
    _ examples: CertifiedExamples, _ method: CertificationMethod, norm: Norm, radii: [PixelLength],
    attack: (any Attack)?, enough: Double = 0, arithmetic: NetworkArithmetic = .real, _ execution: RunOptions
  ) throws {
    (self.examples, self.method) = (examples, method)
    (self.norm, self.radii, self.attack, self.enough) = (norm, radii, attack, enough)
    let subject = examples.subject
    let classCount = subject.model.classifier.classCount
    guard classCount > 1 else {
      throw CertificationError.mismatch(expected: "a network of two classes or more", found: "one of \(classCount)")
    }
    network = try BoundedNetwork(
      network: subject.model.file.network, parameters: subject.model.file.parameters, arithmetic: arithmetic,
      kernels: DoubleKernels())
    for radius in radii {
      let threat = subject.threat(norm, radius)
      try attack?.resolved(for: threat).validate(threat: threat, classCount: classCount)
    }
    try MemoryLimit.check(memoryEstimate(execution.workers), for: "for bounds; fewer --threads take less")
  }

  /// The run that options ask for.
  init(
    _ examples: CertifiedExamples, _ options: CertifyOptions, _ method: CertificationMethod, _ execution: RunOptions
  ) throws {
    try self.init(
      examples, method, norm: options.norm ?? .linf, radii: try options.radii(),
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
    return network.sharedMemoryEstimate + ofThread * min(workers.count, max(examples.count, 1))
  }

  /// What makes the results doubtful.
  var warnings: [EvaluationWarning] {
    examples.warnings(threats: radii.map { (subject.threat(norm, $0), $0.argumentText) })
  }

  /// Certifies every example within one radius, range by range.
  ///
  /// - Parameters:
  ///   - radius: The radius.
  ///   - evaluator: The judge of the attack, with the threads for both.
  ///   - earlier: What is known already, by id.
  ///   - monitor: Is told of the rest.
  ///   - onRange: Takes the results of each range, with counterexamples.
  /// - Returns: What is known, without counterexamples; nil where the first attack was interrupted.
  /// - Throws: `ContradictedCertificate` where an attack breaks what is certified; what reading the examples or `onRange`
  ///   throw.
  func certify(
    _ radius: PixelLength, by evaluator: Evaluator, continuing earlier: [Int: ExampleCertificate],
    _ monitor: CertificationMonitor, onRange: (RadiusResult) throws -> Void = { _ in }
  ) throws -> RadiusResult? {
    var result: RadiusResult?
    for range in examples.ranges where try !evaluator.workers.ranks.holdsAnywhere(monitor.isCancelled()) {
      let part = try CertifiedRange(self, range)
      guard let found = try part.certify(radius, by: evaluator, continuing: earlier, monitor) else { break }
      try onRange(found)
      if result == nil {
        result = found.withoutCounterexamples.reserving(examples.count)
      } else {
        result?.add(found)
      }
    }
    return result
  }

  /// What exact verification need not decide because attacks broke it, by id; nothing for bounds, which are to contradict
  /// no attack.
  func decided(by attacks: ExampleAccuracies) -> [Int: ExampleCertificate] {
    guard case .exact = method else { return [:] }
    let rows = examples.ids.indices.filter { examples.isRight[$0] && attacks.shares[$0] == 0 }
    return Dictionary(
      rows.map { row in
        let (id, label) = (examples.ids[row], examples.labels[row])
        return (id, ExampleCertificate(id: id, label: label, verdict: .falsified))
      }
    ) { first, _ in first }
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
