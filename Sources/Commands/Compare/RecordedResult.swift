internal import Attacks
internal import Exchange
internal import Networks
internal import Reports

/// What `attack`, `evaluate` or `certify` printed with `--json`, as far as results are compared.
struct RecordedResult {
  /// Which images were attacked, and how far.
  struct Threat: Hashable {
    let norm: Norm
    let epsilon: Float
    /// The digest of the data, or its path where it has none.
    let data: String
    let dataPath: String
    let split: String
    let count: Int
    /// The examples that were skipped first.
    let offset: Int

    /// The 95 % interval of an accuracy on these images; everything for what is no accuracy.
    func interval(of accuracy: Double) -> ClosedRange<Double> {
      guard count > 0, (0...1).contains(accuracy) else { return 0...1 }
      return Proportion.interval(fraction: accuracy, count: count)
    }
  }

  /// What one file says of one model within one radius.
  struct Entry {
    let threat: Threat
    let model: Model
    let cleanAccuracy: Double?
    /// What attacks leave, and how they are called.
    let attacked: (accuracy: Double, interval: ClosedRange<Double>, by: String)?
    let certified: (accuracy: Double, by: String)?
    /// Whether there are reasons to doubt it, or not all was finished.
    let isDoubtful: Bool
  }

  /// A model, with what stands before it.
  struct Model: Hashable {
    let sha256: String
    let path: String
    let parameters: Int
    let defence: String?

    /// The same weights are the same model, wherever the file lies.
    static func == (one: Model, other: Model) -> Bool {
      (one.sha256, one.defence) == (other.sha256, other.defence)
    }

    func hash(into hasher: inout Hasher) {
      hasher.combine(sha256)
      hasher.combine(defence)
    }
  }

  let entries: [Entry]

  /// Reads a file.
  ///
  /// - Throws: `ExchangeError` where it cannot be read, or is no such result.
  init(_ path: String) throws {
    let json: JSON = try PrintedJSON.value(inFile: path, expected: Self.expected, otherwise: "something else")
    guard ["attack", "evaluate", "certify"].contains(json.command) else {
      throw Self.unusable(path, "that of \(json.command.printableName)")
    }
    entries = json.entries
    guard !entries.isEmpty else { throw Self.unusable(path, "one without any accuracy within a radius") }
  }

  private static let expected = "a result of attack, evaluate or certify, as --json printed it"

  private static func unusable(_ path: String, _ found: String) -> ExchangeError {
    ExchangeError(file: path, object: "the file", expected: expected, found: found)
  }
}

extension String {
  /// A word of a file in a message.
  fileprivate var printableName: String { "'\(prefix(40))'" }
}

/// The file's own form.
private struct JSON: Decodable {
  struct Model: Decodable {
    let path: String
    let sha256: String
    let parameters: Int
  }

  struct Source: Decodable {
    let path: String
    let split: String
    let sha256: String?
  }

  struct Named: Decodable { let name: String }

  struct Method: Decodable {
    let name: String
    /// That of smoothing.
    let sigma: Double?
  }

  struct Defence: Decodable { let preprocessor: String }

  struct Run: Decodable { let arguments: [String] }

  struct Verdict: Decodable { let index: Int }

  struct Accuracy: Decodable {
    let robustAccuracy: Double?
    let robustAccuracyInterval: [Double]
  }

  struct Certificates: Decodable { let certifiedAccuracy: Double? }

  struct Radius: Decodable {
    let epsilon: Float
    let union: Accuracy?
    let attacks: [Attacked]?
    let attacksRequested: Int?
    let certification: Certificates?
    let certifiedAccuracy: Double?
    let attackedAccuracy: Double?
    let count: Int?
    let requested: Int?
  }

  struct Attacked: Decodable { let attack: Named }

  let command: String
  let model: Model
  let data: Source
  let count: Int
  let requested: Int?
  let norm: Norm
  let cleanAccuracy: Double?
  let epsilon: Float?
  let robustAccuracy: Double?
  let robustAccuracyInterval: [Double]?
  let attack: Named?
  let suite: String?
  let defence: Defence?
  let method: Method?
  let certification: Named?
  let radii: [Radius]?
  /// Of smoothing: certified accuracy at some radii.
  let curve: [CurvePoint]?
  let run: Run?
  let verdicts: [Verdict]?
  let warnings: [String]?

  struct CurvePoint: Decodable {
    let radius: Float
    let certifiedAccuracy: Double
  }

  /// What is known within each radius; nothing of estimates.
  var entries: [RecordedResult.Entry] {
    if let curve, let method { return curve.map { entry($0, method) } }
    if let epsilon, let robustAccuracy {
      return [
        entry(
          epsilon, attacked: (robustAccuracy, interval(robustAccuracyInterval), attack?.name ?? command),
          certified: nil, behind: defence?.preprocessor, clean: cleanAccuracy)
      ]
    }
    return (radii ?? []).map(entry).filter { $0.attacked != nil || $0.certified != nil }
  }

  /// What is certified is the classifier behind noise, whose accuracy without an attack is that within radius 0.
  private func entry(_ point: CurvePoint, _ method: Method) -> RecordedResult.Entry {
    let noise = method.sigma.map { "noise of σ = \(NumberFormat.significant($0))" } ?? method.name
    return entry(
      point.radius, attacked: nil, certified: (point.certifiedAccuracy, method.name), behind: noise, clean: nil)
  }

  private func entry(_ radius: Radius) -> RecordedResult.Entry {
    let name = suite.map { suite in
      radius.attacks?.count == 1 ? radius.attacks?.first?.attack.name ?? suite : suite
    }
    let union = radius.union.flatMap { union in
      union.robustAccuracy.map { ($0, interval(union.robustAccuracyInterval), name ?? "attacks") }
    }
    let own = radius.attackedAccuracy.map { ($0, threat(radius.epsilon).interval(of: $0), attack?.name ?? "attack") }
    let certified = (radius.certification?.certifiedAccuracy ?? radius.certifiedAccuracy).map {
      ($0, certification?.name ?? method?.name ?? "certificate")
    }
    let isPartial =
      radius.attacks.map { $0.count < radius.attacksRequested ?? 0 } ?? ((radius.count ?? 0) < radius.requested ?? 0)
    return entry(
      radius.epsilon, attacked: union ?? own, certified: certified, behind: defence?.preprocessor,
      clean: cleanAccuracy, isPartial: isPartial)
  }

  private func entry(
    _ epsilon: Float, attacked: (Double, ClosedRange<Double>, String)?, certified: (Double, String)?,
    behind defence: String?, clean: Double?, isPartial: Bool = false
  ) -> RecordedResult.Entry {
    RecordedResult.Entry(
      threat: threat(epsilon),
      model: RecordedResult.Model(
        sha256: model.sha256, path: model.path, parameters: model.parameters, defence: defence),
      cleanAccuracy: clean, attacked: attacked, certified: certified,
      isDoubtful: isPartial || (requested ?? count) > count || !(warnings ?? []).isEmpty)
  }

  private func threat(_ epsilon: Float) -> RecordedResult.Threat {
    RecordedResult.Threat(
      norm: norm, epsilon: epsilon, data: data.sha256 ?? data.path, dataPath: data.path, split: data.split,
      count: count, offset: offset)
  }

  /// From the command line, or from the first verdict.
  private var offset: Int {
    let words = run?.arguments ?? []
    if let place = words.firstIndex(of: "--offset"), place + 1 < words.count { return Int(words[place + 1]) ?? 0 }
    let joined = words.first { $0.hasPrefix("--offset=") }.flatMap { Int($0.dropFirst("--offset=".count)) }
    return joined ?? verdicts?.map(\.index).min() ?? 0
  }

  private func interval(_ ends: [Double]?) -> ClosedRange<Double> {
    guard let ends, ends.count == 2, ends[0] <= ends[1] else { return 0...1 }
    return ends[0]...ends[1]
  }
}
