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

  /// What is done about attacks that do not work in a norm or with a number of classes.
  enum Fitting: Sendable {
    /// They are an error.
    case required
    /// They are left out.
    case optional
    /// Another one stands in for them, as the protocol of the suite says, or they are left out; and a minimum-norm attack
    /// lets go what it has found within the radius, as AutoAttack does.
    case asPublished
  }

  /// As it was asked for: `standard`, `fgsm,pgd:steps=20`.
  public let name: String
  /// The attacks, in the order in which they run.
  public internal(set) var attacks: [any Attack]
  /// Which examples they get.
  public var policy: Policy
  /// Whether the last attack is projected gradient descent on the margin: that sees where the cross-entropy is flat, because
  /// a network with huge logits masks its gradient.
  public var endsOnMargin: Bool
  /// Whether nothing changes its attacks and their values, as those of a published protocol: numbers of different people
  /// are then numbers of the same thing.
  public let isPreset: Bool
  let fitting: Fitting

  /// A suite of attacks all of which must be fit.
  public init(name: String, attacks: [any Attack], policy: Policy = .each) {
    self.init(name, attacks, policy, fitting: .required)
  }

  init(
    _ name: String, _ attacks: [any Attack], _ policy: Policy = .each, endsOnMargin: Bool = false,
    isPreset: Bool = false, fitting: Fitting
  ) {
    (self.name, self.attacks, self.policy) = (name, attacks, policy)
    (self.endsOnMargin, self.isPreset, self.fitting) = (endsOnMargin, isPreset, fitting)
  }

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

  /// The same with other values of its attacks.
  ///
  /// - Throws: What `change` throws.
  /// - Precondition: the suite is no preset.
  public func changingAttacks(_ change: (any Attack) throws -> any Attack) rethrows -> Suite {
    precondition(!isPreset, "the values of \(name) are fixed")
    var suite = self
    suite.attacks = try attacks.map(change)
    return suite
  }

  /// 16 hexadecimal digits that tell its attacks, with all their values and their order, from those of other suites.
  public var digest: String {
    var hash = Fingerprint()
    for byte in (attacks.map { "\($0.fullText)" } + [policy.rawValue, "\(endsOnMargin)"]).joined(separator: "\n").utf8 {
      hash.add(UInt64(byte))
    }
    return hash.digits
  }

  /// The attacks within a threat model on a model of so many classes, with all their values; each of them once.
  ///
  /// - Throws: `AttackError` where one is not fit, unless such are left out; where none is left.
  public func attacks(for threat: ThreatModel, classCount: Int) throws -> [any Attack] {
    var fit: [any Attack] = []
    for (number, attack) in (attacks + (endsOnMargin ? [marginAttack] : [])).enumerated() {
      let attack =
        adapted(substitute(for: attack, classCount: classCount), to: threat).resolved(for: threat) as any Attack
      do {
        try attack.validate(threat: threat, classCount: classCount)
      } catch {
        // The margin comes beside what was asked for.
        guard fitting == .required, number < attacks.count else { continue }
        throw error
      }
      if !fit.contains(where: { AnyHashable($0) == AnyHashable(attack) }) { fit.append(attack) }
    }
    guard !fit.isEmpty else { throw AttackError.nothingFits(suite: name, norm: threat.norm) }
    return fit
  }

  /// What stands in for attacks that need more classes than there are; for the reader of the results.
  public func notices(classCount: Int) -> [String] {
    attacks.compactMap { attack in
      let other = substitute(for: attack, classCount: classCount)
      guard AnyHashable(other) != AnyHashable(attack) else { return nil }
      return "\(attack.title) needs more than \(classCount) classes: \(other.title) stands in for it"
    }
  }

  private func substitute(for attack: any Attack, classCount: Int) -> any Attack {
    guard fitting == .asPublished, let own = attack as? any FewClassFallback else { return attack }
    return own.fallback(classCount: classCount) ?? attack
  }

  private func adapted(_ attack: any Attack, to threat: ThreatModel) -> any Attack {
    guard fitting == .asPublished, let own = attack as? any StoppingMinimumNormAttack else { return attack }
    return own.stopping(within: threat.radius)
  }

  /// With the values of the suite's own projected gradient descent, if it has one.
  private var marginAttack: any Attack {
    var attack = attacks.lazy.compactMap { $0 as? ProjectedGradient }.first ?? ProjectedGradient()
    attack.loss = .margin
    return attack
  }
}
