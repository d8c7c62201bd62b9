internal import Glibc

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Writing to standard output.
enum StandardOutput {
  /// Writes a line. A reader that has gone away is not an error: what was asked for has been done.
  static func print(_ text: String) {
    Swift.print(text)
    fflush(nil)
  }

  /// Writes one JSON object, keys sorted, numbers that are none as null.
  static func print(json value: some Encodable) throws {
    print(try json(value))
  }

  static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.keyEncodingStrategy = .convertToSnakeCase
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
