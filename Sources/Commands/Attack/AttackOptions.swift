internal import Arguments
internal import Attacks
internal import Exchange
internal import Hyperparameters
internal import Networks

/// Which attack, and how far it may go.
struct AttackOptions: OptionGroup {
  static let title = "Attack"

  enum Preset: String, EnumerableFlag {
    case fgsm, pgd
    static func help(for value: Preset) -> String {
      switch value {
      case .fgsm: "The fast gradient method: one step."
      case .pgd: "Projected gradient descent from a random start."
      }
    }
  }

  @Flag var preset: Preset?
  @Option(
    help: "The attack by name; 'advlab attack --list' shows all.", valueName: "name",
    completion: .list(AttackCatalog.names))
  var attack: String?
  @Option(
    help:
      "The radius, in stored pixel units: 0.1, 8/255, 1e-2; or several, joined by commas. An attack that looks for the nearest example needs none.",
    valueName: "pixels,...")
  var eps: Radii?
  @Option(help: "The norm of the ball.") var norm: Norm = .linf
  var settings = AttackSettings()

  func validate() throws {
    try settings.check([word()], [catalogued()], of: "--attack", "The attack '\(name())'")
    switch (type(of: try catalogued()).budget, eps) {
    case (.fixed, nil): throw ValidationError("Missing expected argument '--eps <pixels,...>'")
    case (.transformation, .some):
      throw ValidationError("--eps is no option of the attack '\(try name())', which has limits of its own.")
    case (.fixed, .some), (.minimal, _), (.transformation, nil): break
    }
  }

  /// The radii that were typed; without any the whole box of the data.
  func radii(for data: DatasetProperties) -> [PixelLength] {
    eps?.values ?? [PixelLength(whole: data.pixelRange.diameter(norm, of: data.imageShape))]
  }

  /// The name of the one attack chosen.
  func name() throws -> String { try MethodText(word()).name }

  /// The attack with the options that were given.
  func makeAttack() throws -> any Attack { try settings.configured(try catalogued()) }

  /// The attack as it was asked for: `pgd`, `pgd:steps=20`.
  private func word() throws -> String {
    guard preset == nil || attack == nil, let word = preset?.rawValue ?? attack else {
      let names = AttackCatalog.names.joined(separator: ", ")
      throw ValidationError("Choose one attack: --fgsm, --pgd or --attack <name>, which is one of \(names).")
    }
    return word
  }

  private func catalogued() throws -> any Attack {
    do { return try AttackCatalog.attack(try word()) } catch { throw ValidationError("\(error)") }
  }
}
