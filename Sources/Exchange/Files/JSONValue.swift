#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A JSON value as Python writes it: with `NaN`, `Infinity` and `-Infinity`.
enum JSONValue: Hashable, Sendable {
  case null
  case boolean(Bool)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  /// Real configurations stay below 1 MB, some ten thousand values and, models within models included, 40 levels.
  static let byteLimit = 16 << 20
  static let valueLimit = 1 << 20
  static let depthLimit = 100

  /// Reads a text, whose size and depth are bounded.
  init(_ text: some Collection<UInt8>) throws {
    guard text.count <= Self.byteLimit else {
      throw KerasFailure("expected at most \(Self.byteLimit) bytes of JSON, found \(text.count)")
    }
    let members = try Self.checkedMembers(text)
    // Foundation's JSON5 parser traps on bytes that are not UTF-8.
    guard let text = String(validating: text, as: UTF8.self) else { throw KerasFailure("expected JSON in UTF-8") }
    let decoder = JSONDecoder()
    decoder.allowsJSON5 = true
    do {
      self = try decoder.decode(JSONValue.self, from: Data(text.utf8))
    } catch {
      throw KerasFailure("expected JSON: \(Self.reason(error))")
    }
    guard memberCount == members else { throw KerasFailure("expected JSON with every key once, found one twice") }
  }

  /// The members of all objects; a decoder keeps one where there are two of a name.
  private var memberCount: Int {
    switch self {
    case .null, .boolean, .number, .string: 0
    case .array(let elements): elements.reduce(0) { $0 + $1.memberCount }
    case .object(let members): members.values.reduce(members.count) { $0 + $1.memberCount }
    }
  }

  /// A recursive parser must not be given a text of a million brackets; and as every value is stored, their number is
  /// limited too.
  ///
  /// - Returns: The number of colons, of which every member of an object has one.
  private static func checkedMembers(_ text: some Collection<UInt8>) throws -> Int {
    var depth = 0
    var colons = 0
    var commas = 0
    var isInString = false
    var isEscaped = false
    for byte in text {
      if isInString {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isInString = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isInString = true
      case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
      case UInt8(ascii: ","): commas += 1
      case UInt8(ascii: ":"): colons += 1
      default: break
      }
      guard commas < valueLimit else { throw KerasFailure("expected JSON of at most \(valueLimit) values") }
      guard depth <= depthLimit else { throw KerasFailure("expected JSON at most \(depthLimit) levels deep") }
    }
    return colons
  }

  private static func reason(_ error: any Error) -> String {
    guard case DecodingError.dataCorrupted(let context)? = error as? DecodingError else { return "\(error)" }
    return context.debugDescription
  }

  var object: [String: JSONValue]? {
    if case .object(let members) = self { members } else { nil }
  }

  var array: [JSONValue]? {
    if case .array(let elements) = self { elements } else { nil }
  }

  var string: String? {
    if case .string(let text) = self { text } else { nil }
  }

  var number: Double? {
    if case .number(let value) = self { value } else { nil }
  }

  var boolean: Bool? {
    if case .boolean(let value) = self { value } else { nil }
  }

  var integer: Int? { number.flatMap { Int(exactly: $0) } }

  /// The numbers of an array nested to any depth, in order; nil where something else is in it.
  var numbers: [Double]? {
    switch self {
    case .number(let value): return [value]
    case .array(let elements):
      let parts = elements.map(\.numbers)
      return parts.contains { $0 == nil } ? nil : parts.flatMap { $0 ?? [] }
    case .null, .boolean, .string, .object: return nil
    }
  }

  /// The value in a few words for a message.
  var summary: String {
    switch self {
    case .null: "null"
    case .boolean(let value): "\(value)"
    case .number(let value): integer.map(String.init) ?? "\(value)"
    case .string(let text): "\"\(text.prefix(40))\""
    case .array(let elements): elements.count <= 4 ? "[\(elements.map(\.summary).joined(separator: ", "))]" : "a list"
    case .object: "an object"
    }
  }
}

extension JSONValue: Codable {
  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let text = try? container.decode(String.self) {
      self = .string(text)
    } else if let value = try? container.decode(Bool.self) {
      self = .boolean(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let elements = try? container.decode([JSONValue].self) {
      self = .array(elements)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .boolean(let value): try container.encode(value)
    case .number(let value):
      if let integer { try container.encode(integer) } else { try container.encode(value) }
    case .string(let text): try container.encode(text)
    case .array(let elements): try container.encode(elements)
    case .object(let members): try container.encode(members)
    }
  }

  /// The text, with sorted keys.
  func text() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByNilLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  init(stringLiteral text: String) { self = .string(text) }
  init(booleanLiteral value: Bool) { self = .boolean(value) }
  init(nilLiteral: ()) { self = .null }
  init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  init(dictionaryLiteral members: (String, JSONValue)...) {
    self = .object(Dictionary(members, uniquingKeysWith: { $1 }))
  }

  init(_ value: Int) { self = .number(Double(value)) }
  init(_ value: Float) { self = .number(Double(value)) }
  init(_ values: [Int]) { self = .array(values.map { JSONValue($0) }) }
}
