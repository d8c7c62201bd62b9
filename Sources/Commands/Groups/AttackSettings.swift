internal import Arguments
internal import Attacks
internal import Hyperparameters
internal import Networks

/// The hyper-parameters of attacks, for one attack as for many. One that no attack of the command has is an error, not
/// ignored.
struct AttackSettings: OptionGroup {
  static let title = "Attack"

  private let hyperparameters = OptionList(of: AttackCatalog.attacks)
  @Option(help: "Aim at a class: a label, least-likely, random or next.", valueName: "class")
  var targets: TargetChoice?

  /// Whether nothing was given.
  var isEmpty: Bool { hyperparameters.given.isEmpty && targets == nil }

  /// Rejects an option that none of the attacks has, or a value out of its range; `owner` is what lacks it.
  func check(_ attacks: [any Attack], _ owner: String) throws {
    let known = Set(attacks.flatMap { type(of: $0).descriptions.map(\.name) }).sorted()
    if let foreign = hyperparameters.given.first(where: { !known.contains($0.name) }) {
      let own = known.isEmpty ? "none" : known.map { "--\($0)" }.joined(separator: ", ")
      throw ValidationError("\(owner) has no option '--\(foreign.name)'. It has \(own).")
    }
    for var attack in attacks { try attack.set(hyperparameters.given) }
  }

  /// The attack with those options that were given and that it has; the rest are its own values. One that depends on
  /// norm and radius is filled in, so that it stands in every record.
  func configured(_ attack: any Attack, _ threat: ThreatModel) throws -> any Attack {
    var attack = attack
    try attack.set(hyperparameters.given)
    return attack.resolved(for: threat)
  }
}
