internal import Arguments
internal import Attacks
internal import Hyperparameters
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
      "standard: fgsm, pgd and noise; quick: fgsm and pgd; both with pgd by the margin loss too; autoattack, autoattack-plus, autoattack-rand: as published; swift: about as much as autoattack finds for a tenth of its passes; swift-plus: that, and autoattack on the rest; or attacks by name, joined by commas, as in fgsm,pgd:steps=20.",
    valueName: "suite", completion: .list(Suite.named.map(\.name) + AttackCatalog.names))
  var suite = SuiteChoice.standard
  @Option(
    help:
      "each: every attack on all examples; cascade: on those that the attacks before left standing (default: each; autoattack and swift: cascade)."
  )
  var policy: Suite.Policy?
  @Option(
    help: "Queries of the model that an attack may make for each example; what it finds with more is not taken.",
    valueName: "number")
  var queryBudget: Int?
  var settings = AttackSettings()

  func validate() throws {
    if suite.suite.isPreset { try settings.check(isPreset: suite.suite.name, suite.suite.attacks) }
    try settings.check(
      MethodText.words(suite.argumentText), suite.suite.attacks, of: "--suite", "The suite '\(suite.argumentText)'")
  }

  /// The attacks with the options that were given; the margin is attacked too where the suite says so or the network's end
  /// calls for it.
  func makeSuite(attackingMargin: Bool) throws -> Suite {
    var suite = suite.suite
    suite.policy = policy ?? suite.policy
    guard !suite.isPreset else { return suite }
    suite.endsOnMargin = suite.endsOnMargin || attackingMargin
    return try suite.changingAttacks(settings.configured)
  }
}

extension Suite.Policy: ArgumentValue {}

/// A suite as it is typed.
struct SuiteChoice: ArgumentValue {
  static let standard = SuiteChoice(suite: .standard)
  let suite: Suite

  private init(suite: Suite) { self.suite = suite }

  init(argument: String) throws {
    do throws(HyperparameterError) {
      suite = try Suite(argument)
    } catch {
      guard case .unknownMethod(let name, _, let attacks) = error else { throw InvalidValue(description: "\(error)") }
      let suites = Suite.named.map(\.name)
      let advice = NearestNames.advice(for: name, among: suites + attacks)
      throw InvalidValue(description: "expected \(suites.joined(separator: ", ")) or names of attacks. \(advice)")
    }
  }

  var argumentText: String { suite.name }
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
