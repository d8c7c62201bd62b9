import Networks
import Reference
import TestSupport
import Testing

@Suite struct GradientCheckTests {
  @Test func everyOperationIsInTheCatalogue() throws {
    let present = Set(try GradientCheck.catalogue().flatMap { $0.network.nodes.map(\.operation.kindName) })
    for kind in Operation.kindNames {
      #expect(present.contains(kind), "no network of the catalogue holds '\(kind)'")
    }
  }

  @Test func namesAreUnique() throws {
    let names = try GradientCheck.catalogue().map(\.name)
    #expect(Set(names).count == names.count)
  }

  @Test(arguments: [0, 1, 2] as [UInt64])
  func everyGradientAgreesWithDifferences(seed: UInt64) throws {
    let reports = try GradientCheck.allOperations(seed: seed)
    for report in reports {
      #expect(report.passes, "\(report)")
      #expect(report.kinkDistance >= GradientCheck.kinkMargin, "\(report.name): a kink \(report.kinkDistance) away")
      // A gradient that is zero everywhere would agree with anything that is constant.
      #expect(report.errors.allSatisfy { $0.scalarCount > 0 })
    }
    #expect(reports.count > 100)
  }
}
