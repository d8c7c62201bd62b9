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

  @Test func aDigestTellsSuitesApart() {
    let digests = Suite.named.map(\.digest)
    #expect(Set(digests).count == digests.count && digests.allSatisfy { $0.count == 16 })
    var cascade = Suite.quick
    cascade.policy = .cascade
    #expect(cascade.digest != Suite.quick.digest)
  }

  @Test func everyAttackIsRunOnce() throws {
    #expect(try names(Suite("fgsm,pgd:steps=40,pgd,fgsm")) == ["fgsm cross-entropy", "pgd cross-entropy"])
  }
}
