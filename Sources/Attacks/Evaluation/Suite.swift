public import Hyperparameters
public import Networks

/// Attacks that are run together against one model.
public struct Suite: Sendable {
  /// Which examples an attack gets.
  public enum Policy: String, CaseIterable, Codable, Sendable {
    /// Every attack gets all examples.
    case each
    /// Every attack gets those that the attacks before it left standing, as in AutoAttack. The union is the same, and
    /// cheaper.
    case cascade
  }

  /// As it was asked for: `standard`, `fgsm,pgd:steps=20`.
  public let name: String
  /// The attacks, in the order in which they run.
  public var attacks: [any Attack]
  /// Which examples they get.
  public var policy = Policy.each
  /// Whether the last attack is projected gradient descent on the margin: that sees where the cross-entropy is flat, because
  /// a network with huge logits masks its gradient.
  public var endsOnMargin: Bool
  /// Whether attacks that do not work in a norm or with a number of classes are left out. Otherwise they are an error.
  public let leavesOutUnfit: Bool

  /// A suite of attacks all of which must be fit.
  public init(name: String, attacks: [any Attack], policy: Policy = .each) {
    (self.name, self.attacks, self.policy) = (name, attacks, policy)
    (endsOnMargin, leavesOutUnfit) = (false, false)
  }

  private init(name: String, fitting attacks: [any Attack]) {
    (self.name, self.attacks) = (name, attacks)
    (endsOnMargin, leavesOutUnfit) = (true, true)
  }

  /// One step, many, and random points: a first look in every norm that costs little.
  public static let standard = Suite(
    name: "standard", fitting: [FastGradient(), ProjectedGradient(), UniformNoise()])
  /// One step and many.
  public static let quick = Suite(name: "quick", fitting: [FastGradient(), ProjectedGradient()])
  /// The suites that have a name.
  public static let named = [standard, quick]

  /// The suite of a name, or of the attacks that a text names: `fgsm,pgd:steps=20,step-size=0.01,noise`.
  ///
  /// - Throws: `HyperparameterError` for an attack that there is not, or a value out of its range.
  public init(_ text: String) throws(HyperparameterError) {
    if let suite = Self.named.first(where: { $0.name == text.lowercased() }) {
      self = suite
      return
    }
    var attacks: [any Attack] = []
    for word in MethodText.words(text) { attacks.append(try AttackCatalog.attack(word)) }
    self.init(name: text.lowercased(), attacks: attacks)
  }

  /// The attacks within a threat model on a model of so many classes, with all their values; each of them once.
  ///
  /// - Throws: `AttackError` where one is not fit, unless such are left out; where none is left.
  public func attacks(for threat: ThreatModel, classCount: Int) throws -> [any Attack] {
    let own = attacks.map { $0.resolved(for: threat) as any Attack }
    if !leavesOutUnfit { for attack in own { try attack.validate(threat: threat, classCount: classCount) } }
    var fit: [any Attack] = []
    for attack in own + (endsOnMargin ? [marginAttack.resolved(for: threat)] : []) {
      let isKnown = fit.contains { AnyHashable($0) == AnyHashable(attack) }
      let isFit = (try? attack.validate(threat: threat, classCount: classCount)) != nil
      if isFit && !isKnown { fit.append(attack) }
    }
    guard !fit.isEmpty else { throw AttackError.nothingFits(suite: name, norm: threat.norm) }
    return fit
  }

  /// With the values of the suite's own projected gradient descent, if it has one.
  private var marginAttack: ProjectedGradient {
    var attack = attacks.lazy.compactMap { $0 as? ProjectedGradient }.first ?? ProjectedGradient()
    attack.loss = .margin
    return attack
  }
}
