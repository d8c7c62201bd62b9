import Arguments
import Testing

@Suite struct ArgumentValueTests {
  @Test func numbers() throws {
    #expect(Int(argument: "-12") == -12)
    #expect(Int(argument: "1.5") == nil)
    #expect(Int(argument: "9223372036854775808") == nil)
    #expect(UInt64(argument: "18446744073709551615") == .max)
    #expect(UInt64(argument: "-1") == nil)
    #expect(Float(argument: "1e-2") == 0.01)
    #expect(Double(argument: "inf") == .infinity)
    #expect(Double(argument: "") == nil)
    #expect(Int.isNumeric && UInt64.isNumeric && Float.isNumeric && Double.isNumeric && !String.isNumeric)
  }

  @Test func enumerations() {
    #expect(Norm(argument: "l2") == .l2)
    #expect(Norm(argument: "L2") == .l2)
    #expect(Norm(argument: "l3") == nil)
    #expect(Norm.allValues == ["linf", "l2", "l1"])
    #expect(Norm.linf.argumentText == "linf")
    #expect(!Norm.isNumeric)
  }

  @Test func customValues() throws {
    #expect(try Epsilon(argument: "8/255")?.value == 8.0 / 255)
    #expect(try parsed(Attack.self, "--eps", "8/255").threat.eps?.value == 8.0 / 255)
    #expect(throws: Epsilon.NotPositive.self) { try Epsilon(argument: "-8/255") }
  }
}
