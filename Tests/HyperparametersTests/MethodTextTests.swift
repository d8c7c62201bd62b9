import Hyperparameters
import Testing

@Suite struct MethodTextTests {
  @Test func nameAlone() throws {
    let text = try MethodText("PGD")
    #expect(text.name == "pgd")
    #expect(text.values.isEmpty)
    #expect("\(text)" == "pgd")
  }

  @Test func valuesKeepTheirOrder() throws {
    let text = try MethodText("pgd:steps=20,step-size=2/255")
    #expect(text.values.map(\.key) == ["steps", "step-size"])
    #expect(text.values.map(\.value) == ["20", "2/255"])
  }

  @Test func aMethodInsideStandsInParentheses() throws {
    let text = try MethodText("restarts:attack=(pgd:steps=20,loss=(a:b=1,c=2)),count=5")
    #expect(text.values.map(\.key) == ["attack", "count"])
    #expect(text.values[0].value == "pgd:steps=20,loss=(a:b=1,c=2)")
    let inner = try MethodText(text.values[0].value)
    #expect(inner.values.map(\.value) == ["20", "a:b=1,c=2"])
  }

  @Test(arguments: [
    "pgd", "pgd:steps=20", "restarts:attack=(pgd:steps=20,loss=(a:b=1,c=2)),count=5", "a:b=(c)d",
    "step:milestones=30-60",
  ])
  func whatIsWrittenIsReadAgain(_ given: String) throws {
    let text = try MethodText(given)
    let again = try MethodText(text.description)
    #expect(again.name == text.name)
    #expect(again.values.map(\.key) == text.values.map(\.key))
    #expect(again.values.map(\.value) == text.values.map(\.value))
  }

  @Test(arguments: [
    ("pgd:", ""), ("pgd:steps", "steps"), ("pgd:steps=1,", ""), ("pgd:=1", "=1"), ("pgd:a=1,a=2", "a=2"),
    ("pgd:a=(b", "a=(b"), ("pgd:a=b)", "a=b)"), ("pgd:a=)b(", "a=)b("),
  ])
  func malformedPartsAreNamed(_ given: String, _ part: String) {
    #expect(throws: HyperparameterError.malformed(part, in: given)) { try MethodText(given) }
  }
}
