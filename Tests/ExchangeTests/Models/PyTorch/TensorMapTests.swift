import Exchange
import Testing

private func map(_ text: String) throws -> [String: String] {
  let directory = try TemporaryDirectory()
  return try TensorMap(contentsOf: directory.write("map", Array(text.utf8))).names
}

@Test func mapsAreJSONOrColumns() throws {
  #expect(
    try map(#" {"conv/weight": "features.0.weight", "fc": "head"}"#) == [
      "conv/weight": "features.0.weight", "fc": "head",
    ])
  #expect(
    try map("# ours theirs\nconv/weight\tfeatures.0.weight\n\n  fc head  # the last one\r\n")
      == ["conv/weight": "features.0.weight", "fc": "head"])
  #expect(try map("") == [:])
}

@Test func damagedMapsAreRefused() throws {
  func message(_ text: String) throws -> String {
    try #require(throws: ExchangeError.self) { try map(text) }.message
  }
  #expect(try message("a b\nc").hasPrefix("expected two columns on line 2, "))
  #expect(try message("a b\na c") == "expected each name once, found 'a' again on line 2")
  #expect(try message(#"{"a": 1}"#).hasPrefix("expected a JSON object of strings"))
  #expect(try message("{").hasPrefix("expected a JSON object of strings"))
}
