internal import Arguments
internal import Attacks
internal import Networks

/// Which attacks, and how far they may go.
struct EvaluationOptions: OptionGroup {
  static let title = "Evaluation"

  @Option(help: "The radii, in stored pixel units, joined by commas.", valueName: "pixels,...")
  var eps = Radii.standard
  @Option(help: "The norm of the ball.") var norm: Norm = .linf
  @Option(
    help:
      "standard: every attack there is; quick: fgsm and pgd; both with pgd by the margin loss too; or attacks by name, joined by commas.",
    valueName: "suite", completion: .list(["standard", "quick"] + AttackCatalog.names))
  var suite = AttackSuite.standard
}

/// Radii joined by commas: `0.05,8/255`.
struct Radii: ArgumentValue {
  static let isNumeric = true
  static let standard = Radii(unchecked: ["0.05", "0.1", "0.2"])
  let values: [Magnitude]

  init(argument: String) throws {
    values = try argument.split(separator: ",", omittingEmptySubsequences: false).map {
      try Magnitude(argument: String($0))
    }
  }

  private init(unchecked texts: [String]) {
    values = texts.compactMap { try? Magnitude(argument: $0) }
  }

  var argumentText: String { values.map(\.argumentText).joined(separator: ",") }
}

/// Attacks with their default hyper-parameters.
enum AttackSuite: ArgumentValue, Hashable {
  case standard
  case quick
  case named([String])

  init(argument: String) throws {
    switch argument {
    case "standard": self = .standard
    case "quick": self = .quick
    default:
      let names = argument.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        .map { $0.lowercased() }
      for name in names where !AttackCatalog.names.contains(name) {
        let advice = NearestNames.advice(for: name, among: ["standard", "quick"] + AttackCatalog.names)
        throw InvalidValue(description: "expected standard, quick or names of attacks. \(advice)")
      }
      self = .named(names)
    }
  }

  var argumentText: String {
    switch self {
    case .standard: "standard"
    case .quick: "quick"
    case .named(let names): names.joined(separator: ",")
    }
  }

  /// The attacks that can be run. An attack asked for by name must be one of them; of a suite those that are not fit for
  /// the norm or the number of classes are left out.
  func attacks(threat: ThreatModel, classCount: Int) throws -> [any Attack] {
    guard case .named(let names) = self else {
      let names = self == .quick ? ["fgsm", "pgd"] : AttackCatalog.names
      // The margin sees where the cross-entropy is flat: a network with huge logits masks the gradient of the latter.
      let attacks = try names.map(AttackCatalog.attack) + [ProjectedGradient(loss: .margin)]
      let fit = attacks.filter { attack in
        (try? attack.validate(threat: threat, classCount: classCount)) != nil
      }
      guard !fit.isEmpty else {
        throw ValidationError("--suite: no attack of '\(argumentText)' works in \(threat.norm.symbol) on this model.")
      }
      return fit
    }
    let attacks = try names.map(AttackCatalog.attack)
    for attack in attacks { try attack.validate(threat: threat, classCount: classCount) }
    return attacks
  }
}
