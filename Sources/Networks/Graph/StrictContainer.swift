/// The fields of one JSON object: each has a default or is required, and an unknown one is an error. A misspelt field that
/// was ignored would give another network than the one meant.
struct StrictContainer<Key: CodingKey & CaseIterable> {
  private let container: KeyedDecodingContainer<Key>

  init(_ decoder: any Decoder, keyedBy keys: Key.Type = Key.self) throws {
    let known = Key.allCases.map(\.stringValue)
    for key in try decoder.container(keyedBy: AnyKey.self).allKeys where !known.contains(key.stringValue) {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription: "there is no field '\(key.stringValue)'; there are: \(known.joined(separator: ", "))"))
    }
    container = try decoder.container(keyedBy: keys)
  }

  func required<Value: Decodable>(_ key: Key) throws -> Value {
    try container.decode(Value.self, forKey: key)
  }

  func optional<Value: Decodable>(_ key: Key, _ standard: Value) throws -> Value {
    try container.decodeIfPresent(Value.self, forKey: key) ?? standard
  }
}

/// Any key of an object.
private struct AnyKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init?(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

/// The case of an enumeration as it is written: the name alone, or an object of one key with what belongs to the case.
struct NamedCase {
  let name: String
  private let container: KeyedDecodingContainer<AnyKey>?

  init(_ decoder: any Decoder, of known: [String]) throws {
    if let name = try? decoder.singleValueContainer().decode(String.self) {
      (self.name, container) = (name, nil)
    } else {
      let container = try decoder.container(keyedBy: AnyKey.self)
      self.container = container
      name = container.allKeys.count == 1 ? container.allKeys[0].stringValue : ""
    }
    guard known.contains(name) else {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: decoder.codingPath,
          debugDescription: "expected one of \(known.joined(separator: ", "))"
            + (name.isEmpty ? "" : ", found '\(name)'")))
    }
  }

  /// A value that belongs to the case, or its default.
  func value<Value: Decodable>(_ field: String, _ standard: Value) throws -> Value {
    guard let container, let key = AnyKey(stringValue: name) else { return standard }
    return try container.decode(OneField<Value>.self, forKey: key).value(of: field) ?? standard
  }

  /// Refuses fields that the case does not have.
  func withoutFields() throws {
    guard let container, let key = AnyKey(stringValue: name) else { return }
    _ = try container.decode(OneField<Bool>.self, forKey: key).value(of: nil)
  }
}

/// An object with at most one field.
private struct OneField<Value: Decodable>: Decodable {
  private let container: KeyedDecodingContainer<AnyKey>

  init(from decoder: any Decoder) throws {
    container = try decoder.container(keyedBy: AnyKey.self)
  }

  func value(of field: String?) throws -> Value? {
    for key in container.allKeys where key.stringValue != field {
      throw DecodingError.dataCorrupted(
        .init(
          codingPath: container.codingPath,
          debugDescription: "there is no field '\(key.stringValue)'" + (field.map { "; there is: \($0)" } ?? "")))
    }
    guard let field, let key = AnyKey(stringValue: field) else { return nil }
    return try container.decodeIfPresent(Value.self, forKey: key)
  }
}
