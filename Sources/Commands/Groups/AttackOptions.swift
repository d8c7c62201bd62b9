internal import Arguments
internal import Attacks
internal import Networks

/// Which attack, with its hyper-parameters. An option that the chosen attack does not have is an error, not ignored.
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
    help: "The attack by name: \(AttackCatalog.names.joined(separator: ", ")).", valueName: "name",
    completion: .list(AttackCatalog.names))
  var attack: String?
  @Option(help: "The radius, in stored pixel units: 0.1, 8/255, 1e-2.", valueName: "pixels") var eps: Magnitude
  @Option(help: "The norm of the ball.") var norm: Norm = .linf
  @Option(help: "PGD: the number of steps (default: 40).") var steps: Int?
  @Option(
    help:
      "PGD: the length of a step (default: 2.5 eps/steps).",
    valueName: "pixels")
  var stepSize: Magnitude?
  @Option(help: "PGD: runs from new random starts; the best for every example is kept (default: 1).")
  var restarts: Int?
  @Flag(help: "PGD: begin at a random point of the ball (default).", inversion: .prefixedNo) var randomStart: Bool?
  @Flag(
    help: "PGD: an example that is broken leaves the batch with its first adversarial iterate (default).",
    inversion: .prefixedNo) var earlyStop: Bool?
  @Option(help: "noise: random points tried per example (default: 100).") var draws: Int?
  @Option(help: "What the attack increases (default: cross-entropy; noise: margin).") var loss: Loss?
  @Option(help: "Aim at a class: a label, least-likely, random or next.", valueName: "class")
  var targets: TargetChoice?

  func validate() throws {
    _ = try makeAttack()
  }

  /// The name of the one attack chosen.
  private func name() throws -> String {
    guard preset == nil || attack == nil, let name = preset?.rawValue ?? attack else {
      let names = AttackCatalog.names.joined(separator: ", ")
      throw ValidationError("Choose one attack: --fgsm, --pgd or --attack <name>, which is one of \(names).")
    }
    return name
  }

  /// The attack with the options that were given; the rest are its own defaults.
  func makeAttack() throws -> any Attack {
    let name = try name()
    let attack = try catalogued(name)
    switch attack {
    case var attack as FastGradient:
      try refuse(pgdOptions + noiseOptions, by: name)
      if let loss { attack.loss = loss }
      return attack
    case var attack as ProjectedGradient:
      try refuse(noiseOptions, by: name)
      try configure(&attack)
      return attack
    case var attack as UniformNoise:
      try refuse(pgdOptions, by: name)
      if let draws {
        try requireCount(draws, "draws", atMost: 1_000_000_000)
        attack.draws = draws
      }
      if let loss { attack.loss = loss }
      return attack
    default:
      try refuse(pgdOptions + noiseOptions + [("--loss", loss != nil)], by: name)
      return attack
    }
  }

  private func catalogued(_ name: String) throws -> any Attack {
    do { return try AttackCatalog.attack(named: name) } catch { throw ValidationError("\(error)") }
  }

  private func configure(_ attack: inout ProjectedGradient) throws {
    if let steps {
      try requireCount(steps, "steps")
      attack.steps = steps
    }
    if let restarts {
      try requireCount(restarts, "restarts")
      attack.restarts = restarts
    }
    if let randomStart { attack.randomStart = randomStart }
    if let earlyStop { attack.earlyStop = earlyStop }
    if let loss { attack.loss = loss }
    attack.stepSize = stepSize?.value
    if stepSize == nil, eps.value > 0 {
      // The default depends on norm and radius; it is filled in so that it stands in every record. In a ball without
      // extent there is nothing to fill in.
      attack.stepSize = attack.stepSize(for: ThreatModel(norm: norm, radius: eps.value))
    }
  }

  private var pgdOptions: [(String, Bool)] {
    [
      ("--steps", steps != nil), ("--step-size", stepSize != nil), ("--restarts", restarts != nil),
      ("--random-start", randomStart != nil), ("--early-stop", earlyStop != nil),
    ]
  }

  private var noiseOptions: [(String, Bool)] { [("--draws", draws != nil)] }

  private func refuse(_ options: [(name: String, isGiven: Bool)], by attack: String) throws {
    for option in options where option.isGiven {
      throw ValidationError("The attack '\(attack)' has no option '\(option.name)'.")
    }
  }
}
