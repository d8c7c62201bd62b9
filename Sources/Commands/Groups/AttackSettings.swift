internal import Arguments
internal import Attacks
internal import Hyperparameters
internal import Networks

/// The hyper-parameters of one attack or several. One that no attack of the command has is an error; it is not ignored.
struct AttackSettings: OptionGroup {
  static let title = "Attack"

  private let hyperparameters = OptionList(of: AttackCatalog.attacks)
  @Option(help: "Aim at a class: a label, least-likely, random or next.", valueName: "class")
  var targets: TargetChoice?
  @Option(
    help:
      "Say how many adversarial images still are when their pixels are rounded to so many bits, as in an image file.",
    valueName: "bits")
  var quantize: Int?

  /// Whether nothing was given.
  var isEmpty: Bool { hyperparameters.given.isEmpty && targets == nil && quantize == nil }

  /// Rejects hyper-parameters beside a suite that nothing changes.
  ///
  /// - Throws: `ValidationError`.
  func check(isPreset name: String, _ attacks: [any Attack]) throws {
    guard let first = hyperparameters.given.first else { return }
    let words = attacks.map { "\($0.text)" }.joined(separator: ",")
    throw ValidationError(
      "--\(first.name) is no option of the suite '\(name)', whose values are fixed. For a suite of your own name its "
        + "attacks: --suite \(words)")
  }

  /// Rejects an option that none of the attacks has, one that contradicts the words by which they were named, or a value
  /// out of its range.
  ///
  /// - Parameters:
  ///   - words: The attacks as they were asked for.
  ///   - attacks: The same.
  ///   - option: The option that names them: `--attack`.
  ///   - owner: What lacks an option, for the message.
  /// - Throws: `ValidationError`.
  func check(_ words: [String], _ attacks: [any Attack], of option: String, _ owner: String) throws {
    if let quantize { try require((1...16).contains(quantize), "quantize", "1 to 16", quantize) }
    let known = Set(attacks.flatMap { type(of: $0).descriptions.map(\.name) }).sorted()
    if let foreign = hyperparameters.given.first(where: { !known.contains($0.name) }) {
      let own = known.isEmpty ? "none" : known.map { "--\($0)" }.joined(separator: ", ")
      throw ValidationError("\(owner) has no option '--\(foreign.name)'. It has \(own).")
    }
    for word in words { _ = try (try? MethodText(word))?.merged(with: hyperparameters.given, of: option) }
    for var attack in attacks { try attack.set(hyperparameters.given) }
  }

  /// The attack with those options that were given and that it has; the rest are its own values.
  func configured(_ attack: any Attack) throws -> any Attack {
    var attack = attack
    try attack.set(hyperparameters.given)
    return attack
  }
}
