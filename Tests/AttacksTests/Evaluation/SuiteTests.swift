import Attacks
import Hyperparameters
import Networks
import TestSupport
import Testing

private let threat = ThreatModel(norm: .linf, radius: 0.1)

/// The names of the attacks, and the losses that they ascend.
private func names(_ suite: Suite, _ threat: ThreatModel = threat, classCount: Int = 4) throws -> [String] {
  try suite.attacks(for: threat, classCount: classCount).map {
    "\(type(of: $0).name) \($0.ascendedLoss?.description ?? "")"
  }
}

@Suite struct SuiteTests {
  @Test func suitesHaveNames() throws {
    #expect(try names(.quick) == ["fgsm cross-entropy", "pgd cross-entropy", "pgd margin"])
    #expect(try names(Suite("QUICK")) == names(.quick))
    #expect(try names(.standard).contains("noise margin"))
  }

  @Test func attacksAreNamedWithTheirValues() throws {
    let suite = try Suite("fgsm,pgd:steps=20,step-size=0.01,noise")
    #expect(suite.attacks.map { "\($0.text)" } == ["fgsm", "pgd:steps=20,step-size=0.01", "noise"])
    #expect(throws: HyperparameterError.self) { try Suite("fgsm,pdg") }
    #expect(throws: HyperparameterError.self) { try Suite("pgd:steps=0") }
    #expect(throws: HyperparameterError.self) { try Suite("steps=5") }
  }

  /// Of a named suite those that fit are taken; what was asked for by name is refused.
  @Test func unfitAttacksAreLeftOutOrRefused() throws {
    let changes = ThreatModel(norm: .l0, radius: 3)
    #expect(try names(.standard, changes) == ["noise margin"])
    #expect(throws: AttackError.self) { try names(.quick, changes) }
    #expect(throws: AttackError.self) { try names(Suite("noise,fgsm"), changes) }
  }

  /// As the authors' code defines them; a copy with ten steps calls itself AutoAttack, too.
  @Test func autoAttackToTheLetter() throws {
    let suite = Suite.autoAttack
    #expect(suite.isPreset && suite.policy == .cascade && !suite.endsOnMargin)
    let resolved = try suite.attacks(for: threat, classCount: 10).map { "\($0.fullText)" }
    #expect(resolved.map { $0.prefix { $0 != ":" } } == ["apgd-ce", "apgd-t", "fab-t", "square"])
    #expect(resolved[0].contains("steps=100") && resolved[0].contains("restarts=1"))
    #expect(resolved[1].contains("steps=100") && resolved[1].contains("target-classes=9"))
    #expect(resolved[2].contains("steps=100") && resolved[2].contains("target-classes=9"))
    #expect(resolved[3].contains("queries=5000") && resolved[3].contains("p-init=0.8"))
    let sparse = try suite.attacks(for: ThreatModel(norm: .l1, radius: 12), classCount: 10).map { "\($0.fullText)" }
    #expect(sparse[0].contains("restarts=5") && sparse[1].contains("target-classes=5"))
    let plus = try Suite.autoAttackPlus.attacks(for: threat, classCount: 10)
    #expect(plus.map { type(of: $0).name } == ["apgd-ce", "apgd-dlr", "fab", "square", "apgd-t", "fab-t"])
    #expect(plus[0...2].allSatisfy { "\($0.fullText)".contains("restarts=5") })
    let rand = try Suite.autoAttackRand.attacks(for: threat, classCount: 10).map { "\($0.fullText)" }
    #expect(rand.map { $0.prefix { $0 != ":" } } == ["apgd-ce", "apgd-dlr"])
    #expect(rand.allSatisfy { $0.contains("eot=20") && $0.contains("restarts=1") })
  }

  /// Three attacks in every norm but L1, in which there is no probability margin attack, and with any number of classes.
  @Test func swiftHasFewAttacksAndSwiftPlusAutoAttackToo() throws {
    #expect(Suite.swift.isPreset && Suite.swift.policy == .cascade)
    for classes in [2, 3, 10] {
      let few = try Suite.swift.attacks(for: threat, classCount: classes).map { type(of: $0).name }
      #expect(few == ["pma", "malt", "square-ascent"])
      let all = try Suite.swiftPlus.attacks(for: threat, classCount: classes)
      #expect(all.map { type(of: $0).name } == few + ["apgd-ce", "apgd-t", "fab-t", "square"])
    }
    let sparse = try Suite.swift.attacks(for: ThreatModel(norm: .l1, radius: 12), classCount: 10)
    #expect(sparse.map { type(of: $0).name } == ["malt", "square-ascent"])
  }

  @Test func fewClassesHaveAFallbackThatIsSaid() throws {
    for classes in 2...4 {
      let attacks = try Suite.autoAttack.attacks(for: threat, classCount: classes)
      #expect(attacks.count == 4)
      #expect(Suite.autoAttack.notices(classCount: classes).count == (classes < 4 ? 1 : 0))
    }
  }

  @Test func aDigestTellsSuitesApart() {
    let digests = Suite.named.map(\.digest)
    #expect(Set(digests).count == digests.count && digests.allSatisfy { $0.count == 16 })
    var each = Suite.autoAttack
    each.policy = .each
    #expect(each.digest != Suite.autoAttack.digest)
  }

  @Test func everyAttackIsRunOnce() throws {
    #expect(try names(Suite("fgsm,pgd:steps=40,pgd,fgsm")) == ["fgsm cross-entropy", "pgd cross-entropy"])
  }
}
