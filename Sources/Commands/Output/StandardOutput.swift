internal import Glibc

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Writing to standard output.
enum StandardOutput {
  /// Writes lines. A reader that has gone away is not an error: what was asked for has been done.
  ///
  /// - Throws: `UnwritableOutput` where the text did not arrive for any other reason, such as a full disk.
  static func print(_ text: String) throws {
    Swift.print(text, terminator: text.hasSuffix("\n") ? "" : "\n")
    guard fflush(nil) == 0 || errno == EPIPE else {
      throw UnwritableOutput(description: "cannot write to standard output")
    }
  }

  /// Writes one JSON object, keys sorted.
  static func print(json value: some Encodable) throws {
    try print(json(value, [.prettyPrinted]))
  }

  /// The JSON text of a value, keys sorted and in snake case.
  static func json(_ value: some Encodable, _ formatting: JSONEncoder.OutputFormatting = []) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = formatting.union([.sortedKeys, .withoutEscapingSlashes])
    encoder.keyEncodingStrategy = .convertToSnakeCase
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}

/// A measured number in JSON: null where there is none, or none that JSON could write.
struct JSONNumber: Encodable {
  private let value: Double?

  init(_ value: Double?) {
    self.value = value.flatMap { $0.isFinite ? $0 : nil }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let value { try container.encode(value) } else { try container.encodeNil() }
  }
}
