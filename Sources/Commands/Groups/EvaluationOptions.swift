internal import Arguments
internal import Attacks
internal import Networks
internal import Wording

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
  var settings = AttackSettings()

  func validate() throws {
    try settings.check(try suite.names.map { try AttackCatalog.attack($0) }, "The suite '\(suite.argumentText)'")
  }
}

/// Radii joined by commas: `0.05,8/255`.
struct Radii: ArgumentValue {
  static let isNumeric = true
  static let standard = Radii(unchecked: ["0.05", "0.1", "0.2"])
  let values: [PixelLength]

  init(argument: String) throws {
    values = try argument.split(separator: ",", omittingEmptySubsequences: false).map {
      try PixelLength(argument: String($0))
    }
  }

  private init(unchecked texts: [String]) {
    values = texts.compactMap { try? PixelLength(argument: $0) }
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

  /// The names of the attacks. The suites that are not named by their attacks look past masked gradients too.
  var names: [String] {
    switch self {
    case .standard: AttackCatalog.names
    case .quick: ["fgsm", "pgd"]
    case .named(let names): names
    }
  }

  /// The attacks that can be run, with the settings that were given. An attack asked for by name must be one of them; of a
  /// suite those that are not fit for the norm or the number of classes are left out.
  /// Where the end of the network calls for it, one of them attacks the margin whatever was asked for.
  func attacks(
    _ settings: AttackSettings, threat: ThreatModel, classCount: Int, attacksMargin: Bool
  ) throws -> [any Attack] {
    var attacks = try names.map { try settings.configured(try AttackCatalog.attack($0), threat) }
    let isNamed = if case .named = self { true } else { false }
    if isNamed { for attack in attacks { try attack.validate(threat: threat, classCount: classCount) } }
    if !isNamed || attacksMargin { attacks.append(try Self.marginAttack(settings, threat)) }
    let fit = attacks.enumerated().filter { index, attack in
      !attacks[..<index].contains { AnyHashable($0) == AnyHashable(attack) }
        && (try? attack.validate(threat: threat, classCount: classCount)) != nil
    }
    guard !fit.isEmpty else {
      throw ValidationError("--suite: no attack of '\(argumentText)' works in \(threat.norm.symbol) on this model.")
    }
    return fit.map(\.element)
  }

  /// The margin sees where the cross-entropy is flat: a network with huge logits masks the gradient of the latter.
  private static func marginAttack(_ settings: AttackSettings, _ threat: ThreatModel) throws -> any Attack {
    guard var attack = try settings.configured(ProjectedGradient(), threat) as? ProjectedGradient else {
      return ProjectedGradient(loss: .margin)
    }
    attack.loss = .margin
    return attack
  }
}
