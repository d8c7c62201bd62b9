internal import Arguments
internal import Reports

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Writing to standard output.
enum StandardOutput {
  /// Writes lines. A closed pipe is not an error: its reader (such as `head`) has had enough.
  ///
  /// - Throws: `UnwritableOutput` where the text did not arrive for any other reason, such as a full disk.
  static func print(_ text: String) throws {
    let line = text.hasSuffix("\n") ? text : text + "\n"
    guard StandardStream.output.write(line.printable) else {
      throw UnwritableOutput(description: "cannot write to standard output")
    }
  }

  /// Draws the pictures of a gallery with characters, below an empty line.
  static func print(_ gallery: Gallery) throws {
    let terminal = Terminal.standardOutput
    let text = TerminalPictures.text(gallery, terminal.pictureColors, width: terminal.tableWidth)
    // Not as other texts are printed: escape sequences are colours here.
    guard text.isEmpty || StandardStream.output.write("\n" + text) else {
      throw UnwritableOutput(description: "cannot write to standard output")
    }
  }

  /// Writes one JSON object, keys sorted.
  static func print(json value: some Encodable) throws {
    try print(text(json: value))
  }

  /// The JSON text of a value for `--json`: a line for each member.
  static func text(json value: some Encodable) throws -> String { try json(value, [.prettyPrinted]) }

  /// The JSON text of a value, keys sorted and in snake case.
  static func json(_ value: some Encodable, _ formatting: JSONEncoder.OutputFormatting = []) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = formatting.union([.sortedKeys, .withoutEscapingSlashes])
    encoder.keyEncodingStrategy = .convertToSnakeCase
    return String(decoding: try encoder.encode(value), as: UTF8.self).printableJSON
  }

  /// What another process of the program wrote with `json`.
  static func value<Value: Decodable>(ofJSON text: [UInt8]) throws -> Value {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(Value.self, from: Data(text))
  }
}

/// Writing to standard error, which may be closed.
enum StandardError {
  /// Writes a line.
  static func print(_ text: String) {
    // There is no other stream on which to say that standard error cannot be written.
    StandardStream.error.write((text + "\n").printable)
  }
}

/// A measured number in JSON: null where there is none, or none that JSON could write.
struct JSONNumber: Codable {
  let value: Double?

  init(_ value: Double?) {
    self.value = value.flatMap { $0.isFinite ? $0 : nil }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    value = container.decodeNil() ? nil : try container.decode(Double.self)
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let value { try container.encode(value) } else { try container.encodeNil() }
  }
}
