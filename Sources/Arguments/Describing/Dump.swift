import FoundationEssentials

extension CommandDescription {
  private struct Dump: Encodable {
    let serializationVersion = 0
    let command: CommandDescription
  }

  /// The description as JSON, for `--experimental-dump-help`.
  package func json() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(Dump(command: self)), as: UTF8.self) + "\n"
  }
}
