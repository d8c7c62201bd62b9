import Networks
import Testing

@Suite struct OptionTextTests {
  @Test(arguments: [
    ("mlp", "mlp", [:]), ("mlp:hidden=18", "mlp", ["hidden": "18"]), ("a:b=1,c=x=y", "a", ["b": "1", "c": "x=y"]),
    ("a:b=", "a", ["b": ""]), (":b=1", "", ["b": "1"]), ("", "", [:]),
  ]) func texts(_ text: String, _ name: String, _ values: [String: String]) throws {
    let read = try OptionText(text)
    #expect((read.name, read.values) == (name, values))
  }

  @Test(arguments: [("a:", ""), ("a:b", "b"), ("a:b=1,", ""), ("a:b=1,b=2", "b=2")])
  func malformed(_ text: String, _ item: String) {
    #expect(throws: OptionText.Malformed.self) { try OptionText(text) }
    do {
      _ = try OptionText(text)
    } catch {
      #expect(error.item == item)
    }
  }
}
