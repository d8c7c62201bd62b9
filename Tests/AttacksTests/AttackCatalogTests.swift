import Attacks
import Foundation
import Hyperparameters
import Networks
import Testing

private let folders = ["WhiteBox", "MinimumNorm", "BlackBox", "Combined"]

@Test func everyAttackFileIsInTheCatalog() throws {
  let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../Sources/Attacks").standardizedFileURL
  let files = folders.flatMap { folder in
    (try? FileManager.default.contentsOfDirectory(atPath: sources.appendingPathComponent(folder).path)) ?? []
  }
  #expect(files.count >= 3)
  #expect(Set(files) == Set(AttackCatalog.attacks.map { "\($0).swift" }))
}

@Test func namesAreUniqueAndLeadToTheirAttack() throws {
  #expect(Set(AttackCatalog.names).count == AttackCatalog.names.count)
  for name in AttackCatalog.names {
    #expect(type(of: try AttackCatalog.attack(name)).name == name)
  }
  #expect(throws: HyperparameterError.unknownMethod("nosuch", kind: "attack", known: AttackCatalog.names)) {
    try AttackCatalog.attack("nosuch")
  }
}

@Test func everyAttackSurvivesCoding() throws {
  func roundTrip<A: Attack>(_ attack: A) throws -> Bool {
    try JSONDecoder().decode(A.self, from: JSONEncoder().encode(attack)) == attack
  }
  for type in AttackCatalog.attacks {
    #expect(try roundTrip(type.init()))
  }
  #expect(try roundTrip(ProjectedGradient(steps: 3, stepSize: 0.25, restarts: 2, loss: .margin)))
}

@Test func everyAttackChecksItsNorm() throws {
  for type in AttackCatalog.attacks {
    for norm in Norm.allCases {
      let check = { try type.init().validate(threat: ThreatModel(norm: norm, radius: 1), classCount: 10) }
      if type.norms.contains(norm) {
        try check()
      } else {
        #expect(
          throws: AttackError.norm(attack: type.name, found: norm, expected: type.norms), performing: check)
      }
    }
  }
}
