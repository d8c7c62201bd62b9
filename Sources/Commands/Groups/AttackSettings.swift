internal import Arguments
internal import Attacks
internal import Networks

/// The hyper-parameters of attacks, for one attack as for many. One that no attack of the command has is an error, not
/// ignored.
struct AttackSettings: OptionGroup {
  static let title = "Attack"

  @Option(help: "PGD: the number of steps (default: 40).") var steps: Int?
  @Option(help: "PGD: the length of a step (default: 2.5 eps/steps).", valueName: "pixels") var stepSize: Magnitude?
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
    if let steps { try requireCount(steps, "steps") }
    if let restarts { try requireCount(restarts, "restarts") }
    if let draws { try requireCount(draws, "draws", atMost: 1_000_000_000) }
  }

  /// Whether nothing was given.
  var isEmpty: Bool { given.isEmpty && targets == nil }

  /// An option of attacks, by its name on the command line.
  private enum Setting: String, CaseIterable {
    case steps, stepSize = "step-size", restarts, randomStart = "random-start", earlyStop = "early-stop", draws, loss
  }

  /// Those that were given.
  private var given: [Setting] {
    Setting.allCases.filter { setting in
      switch setting {
      case .steps: steps != nil
      case .stepSize: stepSize != nil
      case .restarts: restarts != nil
      case .randomStart: randomStart != nil
      case .earlyStop: earlyStop != nil
      case .draws: draws != nil
      case .loss: loss != nil
      }
    }
  }

  private static func settings(of attack: any Attack) -> [Setting] {
    switch attack {
    case is FastGradient: [.loss]
    case is ProjectedGradient: [.steps, .stepSize, .restarts, .randomStart, .earlyStop, .loss]
    case is UniformNoise: [.draws, .loss]
    default: []
    }
  }

  /// Rejects an option that none of the attacks has; `owner` is what lacks it.
  func check(_ attacks: [any Attack], _ owner: String) throws {
    let known = Set(attacks.flatMap(Self.settings))
    guard let foreign = given.first(where: { !known.contains($0) }) else { return }
    throw ValidationError("\(owner) has no option '--\(foreign.rawValue)'.")
  }

  /// The attack with those options that were given and that it has; the rest are its own defaults. One that depends on norm
  /// and radius is filled in, so that it stands in every record.
  func configured(_ attack: any Attack, _ threat: ThreatModel) -> any Attack {
    switch attack {
    case var attack as FastGradient:
      if let loss { attack.loss = loss }
      return attack
    case var attack as ProjectedGradient:
      configure(&attack, threat)
      return attack
    case var attack as UniformNoise:
      if let draws { attack.draws = draws }
      if let loss { attack.loss = loss }
      return attack
    default: return attack
    }
  }

  private func configure(_ attack: inout ProjectedGradient, _ threat: ThreatModel) {
    if let steps { attack.steps = steps }
    if let restarts { attack.restarts = restarts }
    if let randomStart { attack.randomStart = randomStart }
    if let earlyStop { attack.earlyStop = earlyStop }
    if let loss { attack.loss = loss }
    attack.stepSize = stepSize?.value
    // In a ball without extent there is nothing to fill in.
    if stepSize == nil, threat.radius > 0 { attack.stepSize = attack.stepSize(for: threat) }
  }
}
