import HDF5
public import Networks

/// What is known of examples within one radius: certificates, counterexamples, and neither.
public struct CertificateSet: Hashable, Sendable {
  /// What is known of one example.
  public struct Example: Hashable, Sendable {
    /// The index of the example in its split.
    public var id: Int
    /// Its class.
    public var label: Int
    /// One of the set's `verdictNames`.
    public var verdict: String
    /// A number that no margin falls below in the ball; NaN where none is known.
    public var marginBound: Double
    /// The time that it took.
    public var seconds: Double
    /// An input of the ball that has another class, where one is known.
    public var counterexample: [Float]?

    /// Creates a report.
    public init(
      id: Int, label: Int, verdict: String, marginBound: Double, seconds: Double, counterexample: [Float]? = nil
    ) {
      (self.id, self.label, self.verdict) = (id, label, verdict)
      (self.marginBound, self.seconds, self.counterexample) = (marginBound, seconds, counterexample)
    }
  }

  /// A report on each.
  public let examples: [Example]
  /// The names that a verdict may have; the order gives the codes in the file.
  public let verdictNames: [String]
  /// The shape of a counterexample.
  public let imageShape: Shape
  /// The ball: its norm and radius, and the range of valid pixels.
  public let threat: AdversarialSet.Threat
  /// The method with every hyper-parameter, as JSON text.
  public let method: String
  /// What wrote the file.
  public var provenance: Provenance
  /// How many examples were to be certified; there are fewer where the run was interrupted.
  public let requested: Int

  /// Creates a set. Whether its parts fit together is checked when it is written or read.
  public init(
    examples: [Example], verdictNames: [String], imageShape: Shape, threat: AdversarialSet.Threat, method: String,
    provenance: Provenance, requested: Int
  ) {
    (self.examples, self.verdictNames, self.imageShape) = (examples, verdictNames, imageShape)
    (self.threat, self.method, self.provenance, self.requested) = (threat, method, provenance, requested)
  }
}

/// The file of a set of certificates. Arrays with one value per example:
///
/// | name | type | holds |
/// |---|---|---|
/// | `index` | int64 | the index in the split |
/// | `y` | int64 | classes |
/// | `verdict` | uint8 | a code; the attribute `names` lists what 0, 1, 2, … mean |
/// | `margin_lower` | float64 | no margin falls below it in the ball; NaN where nothing is known |
/// | `seconds` | float64 | the time that it took |
///
/// and, where there are counterexamples, with one row for each of these:
///
/// | name | type | holds |
/// |---|---|---|
/// | `x_adv` | float32 M×C×H×W or M×D | the counterexamples; the attribute `layout` is `NCHW` or `ND` |
/// | `x_adv_index` | int64 | the index of the example that each belongs to |
///
/// Attributes of the root, beside those of every AdvLab file: `method` (JSON), `norm`, `epsilon`, `bounds` and `requested`,
/// as in files of adversarial examples.
extension CertificateSet {
  /// Writes the set; a file that is replaced stays as it is until the new one is complete. Where the name ends in `.npz`,
  /// it becomes a NumPy archive.
  public func write(to path: String) throws(ExchangeError) { try writeWhole(to: path) }

  private func verdictCodes(_ path: String) throws(ExchangeError) -> [UInt8] {
    var codes: [UInt8] = []
    for example in examples {
      guard let index = verdictNames.firstIndex(of: example.verdict), let code = UInt8(exactly: index) else {
        throw ExchangeError(
          kind: .cannotWrite, file: path,
          message: "expected a verdict among \(verdictNames), found \(example.verdict)")
      }
      guard example.counterexample.map({ $0.count == imageShape.count }) ?? true else {
        throw ExchangeError(
          kind: .cannotWrite, file: path,
          message: "expected counterexamples of \(imageShape), found \(example.counterexample?.count ?? 0) numbers")
      }
      codes.append(code)
    }
    return codes
  }
}

extension CertificateSet: StreamedResult {
  package var exampleCount: Int { examples.count }

  package func append(to writer: inout some ResultWriter, file: String) throws {
    let codes = try verdictCodes(file)
    try writer.append("index", column: examples.map(\.id))
    try writer.append("y", column: examples.map(\.label))
    try writer.append("verdict", codes: codes, names: verdictNames)
    try writer.append("margin_lower", column: examples.map(\.marginBound))
    try writer.append("seconds", column: examples.map(\.seconds))
    let falsified = examples.filter { $0.counterexample != nil }
    guard !falsified.isEmpty else { return }
    let scalars = falsified.flatMap { $0.counterexample ?? [] }
    try writer.append("x_adv", images: Tensor(shape: imageShape.batched(falsified.count), scalars: scalars))
    try writer.append("x_adv_index", column: falsified.map(\.id))
  }

  package func record(to writer: inout some ResultWriter, file: String) throws {
    try writer.record(provenance, .certificates)
    try writer.record("method", method)
    try writer.record("norm", threat.norm)
    if let epsilon = threat.epsilon { try writer.record("epsilon", epsilon) }
    try writer.record("bounds", threat.bounds)
    try writer.record("requested", requested)
  }
}
