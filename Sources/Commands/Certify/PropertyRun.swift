internal import Arguments
internal import Certification
internal import Compute
internal import Exchange
internal import Networks

/// A property of VNN-LIB, decided for a model: what standard output holds is the result file of the competition.
struct PropertyRun {
  let property: VerificationProperty
  let model: LoadedModel
  let method: ExactVerification
  /// Whether the network has one output z, which the lab takes as two classes, 0 and z.
  private let hasOneOutput: Bool

  /// Reads property and model.
  init(
    _ path: String, _ options: ModelOptions, dataDirectory: String?, _ method: ExactVerification,
    _ reading: ReadingOptions
  ) throws {
    let written = try VNNLIB.read(from: path)
    let file = try options.model ?? DataDirectory(given: dataDirectory).file("digits-cnn.h5")
    let reader = options.model == nil ? reading.reader().ofShipped(file) : reading.reader()
    model = try LoadedModel(
      options.weights.request(file), reader, options.engine.engine(gradients: .direct))
    hasOneOutput = model.file.network.outputTransforms == [.oneOutput]
    guard hasOneOutput || model.file.network.outputTransforms.isEmpty else {
      throw MismatchedFile(
        description: "\(file): expected a network whose outputs are what the property means by them, found one whose "
          + "end was taken off: \(model.notes.map { "\($0)" }.joined(separator: " "))")
    }
    property = hasOneOutput ? written.ofTwoClasses : written
    self.method = method
  }

  /// Decides it.
  ///
  /// - Parameters:
  ///   - execution: Threads and seed.
  ///   - deadline: When to give up.
  /// - Returns: The verdict.
  /// - Throws: `CertificationError` where it cannot, `NetworkError` where bounds do not fit into memory.
  func callAsFunction(_ execution: RunOptions, until deadline: ContinuousClock.Instant) throws -> PropertyVerdict {
    let network = try BoundedNetwork(
      network: model.file.network, parameters: model.file.parameters, kernels: DoubleKernels())
    let bytes =
      network.sharedMemoryEstimate
      + (network.memoryEstimate + network.optimizationMemoryEstimate) * execution.workers.count
    try MemoryLimit.check(bytes, for: "for bounds; fewer --threads take less")
    var verification = PropertyVerification()
    verification.method = method
    verification.random = RandomSource(seed: execution.seed)
    verification.workers = execution.workers
    verification.isCancelled = { InterruptSignal.isRaised }
    let verdict = try verification.verify(property, network: network, model: model.classifier, until: deadline)
    guard hasOneOutput, case .sat(let input, let outputs) = verdict else { return verdict }
    return .sat(input: input, outputs: Array(outputs.suffix(1)))
  }

  /// What a reader of the verdict should know.
  var notes: [String] { (hasOneOutput ? [] : model.notes.map { "\($0)" }) + property.notes }
}

extension VerificationProperty {
  /// The same of logits 0 and z where z is the one output; itself for other properties.
  fileprivate var ofTwoClasses: VerificationProperty {
    guard outputCount == 1 else { return self }
    return VerificationProperty(
      inputCount: inputCount, outputCount: 2,
      cases: cases.map { unsafe in
        UnsafeCase(
          box: unsafe.box,
          constraints: unsafe.constraints.map {
            HalfSpace(coefficients: [0] + $0.coefficients, bound: $0.bound, innerBound: $0.innerBound)
          })
      }, notes: notes)
  }
}

extension PropertyVerdict {
  /// The word of the competition.
  var name: String {
    switch self {
    case .unsat: "unsat"
    case .sat: "sat"
    case .timeout: "timeout"
    case .unknown: "unknown"
    }
  }

  /// The result file of the competition.
  var resultFile: String {
    switch self {
    case .sat(let input, let outputs):
      VNNLIB.result(input: input.map(Double.init), outputs: outputs.map(Double.init))
    case .unsat, .timeout, .unknown: name + "\n"
    }
  }
}

/// `certify --vnnlib --json`.
struct PropertyReport: Encodable {
  let command = "certify"
  let programVersion = Provenance.programVersion
  let vnnlib: String
  let model: ModelSummary
  let method: MethodSummary
  let verdict: String
  /// The counterexample; null without one.
  let input: [Float]?
  let outputs: [Float]?
  let notes: [String]
  let seconds: Double

  init(_ run: PropertyRun, path: String, _ verdict: PropertyVerdict, seconds: Double) {
    vnnlib = path
    model = ModelSummary(run.model)
    method = MethodSummary(.exact(run.method))
    self.verdict = verdict.name
    if case .sat(let input, let outputs) = verdict {
      (self.input, self.outputs) = (input, outputs)
    } else {
      (input, outputs) = (nil, nil)
    }
    (notes, self.seconds) = (run.notes, seconds)
  }
}
