internal import Arguments
internal import Attacks
internal import Certification
internal import Hyperparameters
internal import Networks

/// How examples are certified, and within which radii.
struct CertifyOptions: OptionGroup {
  static let title = "Certification"

  @Option(
    help:
      "How: \(CertificationMethod.names.joined(separator: ", ")); options as in alpha-crown:steps=50 (default: crown; with --vnnlib exact).",
    valueName: "name:options", completion: .list(CertificationMethod.names))
  var method: String?
  @Option(
    help:
      "The radii, in stored pixel units, joined by commas: 0.1, 8/255, 1e-2. With smoothing those at which certified accuracy is shown (default: steps of half of sigma).",
    valueName: "pixels,...")
  var eps: Radii?
  @Option(help: "The norm of the ball: linf, l2 or l1 (default: linf; with smoothing l2, and no other).")
  var norm: Norm?
  private let hyperparameters = OptionList(of: CertificationMethod.optionDescriptions)
  @Option(
    help:
      "An attack on the same examples, as in pgd:steps=100: what it breaks is falsified, and if that was certified, the lab has a defect (default: none; with exact pgd, always first).",
    valueName: "name:options", completion: .list(AttackCatalog.names))
  var attack: String?
  @Flag(
    help:
      "Find the best bounds of all margins that the method has; without it a method stops where a margin is surely above 0."
  )
  var margins: Bool

  @Flag(
    help:
      "Certify the network in single precision, as this engine runs it, rounding errors included; without it, the network in real arithmetic. For \(BoundCatalog.namesForSinglePrecision.joined(separator: ", "))."
  )
  var floatNetwork: Bool

  @Option(
    help:
      "A property of VNN-COMP, gzipped or not, to be decided for --model within --timeout seconds, reading included: sat and a counterexample, unsat, timeout or unknown, and nothing else on standard output.",
    valueName: "file", completion: .file)
  var vnnlib: String?

  func validate() throws {
    let method = try makeMethod()
    if let norm, norm == .l0 {
      throw ValidationError("--norm: expected linf, l2 or l1, found l0, for which there are no bounds.")
    }
    _ = try makeAttack(for: method)
    guard method.arithmetics.contains(arithmetic) else {
      throw ValidationError(
        "--float-network: expected one of \(BoundCatalog.namesForSinglePrecision.joined(separator: ", ")), found "
          + "\(type(of: method.configuration).method.name), which knows real arithmetic alone.")
    }
    switch method {
    case .bounds: return
    case .exact:
      guard !margins else { throw foreign("margins", "exact", "which decides and stops there") }
    case .smoothing:
      guard norm == nil || norm == .l2 else {
        throw ValidationError("--norm: expected l2, in which smoothing certifies, found \(norm?.rawValue ?? "").")
      }
      try refuseBounds("smoothing")
    case .clever: try refuseBounds("clever")
    }
  }

  /// The arithmetic of the network that certificates speak about.
  var arithmetic: NetworkArithmetic { floatNetwork ? .single : .real }

  /// The method with the options that were given.
  func makeMethod() throws -> CertificationMethod {
    do {
      return try CertificationMethod(method ?? (vnnlib == nil ? "crown" : "exact"), options: hyperparameters.given)
    } catch let error as HyperparameterError {
      throw ValidationError("--method: \(error).")
    }
  }

  /// The attack beside the method; exact verification always has one.
  func makeAttack(for method: CertificationMethod) throws -> (any Attack)? {
    let word: String
    switch (method, attack) {
    case (_, let attack?): word = attack
    case (.exact, nil): word = "pgd"
    case (_, nil): return nil
    }
    let attack: any Attack
    do { attack = try AttackCatalog.attack(word) } catch { throw ValidationError("--attack: \(error).") }
    guard type(of: attack).budget != .transformation else {
      throw ValidationError(
        "--attack: expected one that keeps to a radius, found '\(word)', which has limits of its own.")
    }
    return attack
  }

  /// The radii from the smallest up, each once.
  ///
  /// - Throws: `ValidationError` where there are none.
  func radii() throws -> [PixelLength] {
    guard let eps else { throw ValidationError("Missing expected argument '--eps <pixels,...>'") }
    var seen: Set<Float> = []
    return eps.values.sorted { $0.value < $1.value }.filter { seen.insert($0.value).inserted }
  }

  private func refuseBounds(_ method: String) throws {
    if margins { throw foreign("margins", method, "which bounds no margins") }
    if attack != nil { throw foreign("attack", method, "which bounds no margins") }
  }

  private func foreign(_ option: String, _ method: String, _ reason: String) -> ValidationError {
    ValidationError("--\(option): no option of '\(method)', \(reason).")
  }
}
