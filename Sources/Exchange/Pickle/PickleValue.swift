import Networks

/// A value of a pickle. What Python shares, and what may hold itself, is an object of the pickle that it refers to.
package enum PickleValue: Sendable {
  case none
  case boolean(Bool)
  case integer(Int)
  /// One of more than 64 bits: two's complement, least significant byte first.
  case wideInteger([UInt8])
  case number(Double)
  case text(String)
  /// Bytes; the texts of Python 2 too, which may be either.
  case bytes([UInt8])
  /// The index of an object.
  case object(Int)

  /// The value as a text: bytes are one in UTF-8, or else in Latin-1, by which Python 3 reads the texts of Python 2.
  package var text: String? {
    switch self {
    case .text(let text): text
    case .bytes(let bytes):
      String(validating: bytes, as: UTF8.self) ?? String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    default: nil
    }
  }

  /// The value as a whole number.
  package var integer: Int? {
    switch self {
    case .integer(let integer): integer
    case .boolean(let value): value ? 1 : 0
    default: nil
    }
  }
}

/// What stands for an object of Python. Nothing of it was called.
package enum PickleObject: Sendable {
  /// A list or a set.
  case list([PickleValue])
  case tuple([PickleValue])
  case dictionary([(key: PickleValue, value: PickleValue)])
  case global(PickleGlobal)
  /// What a call would have made, and the state that it would have been given: neither happened.
  case call(PickleGlobal, [PickleValue], state: PickleValue?)
  /// A reference to something beside the pickle.
  case persistent(PickleValue)
}

/// The content of a pickle.
package struct Pickle: Sendable {
  /// The file, and the entry of an archive, that messages name.
  let file: String
  let entry: String?
  package let root: PickleValue
  package let objects: [PickleObject]

  /// The object that a value refers to.
  package func object(_ value: PickleValue) -> PickleObject? {
    guard case .object(let index) = value else { return nil }
    return objects[index]
  }

  /// The elements of a list, a set, a tuple or a `torch.Size`.
  package func items(_ value: PickleValue) -> [PickleValue]? {
    var found = object(value)
    if case .call(.size, let arguments, _) = found, arguments.count == 1 { found = object(arguments[0]) }
    switch found {
    case .list(let items), .tuple(let items): return items
    default: return nil
    }
  }

  /// Whole numbers in a list or tuple.
  package func integers(_ value: PickleValue) -> [Int]? {
    guard let items = items(value) else { return nil }
    let integers = items.compactMap(\.integer)
    return integers.count == items.count ? integers : nil
  }

  /// The entries of a dictionary, in its order.
  package func entries(_ value: PickleValue) -> [(key: PickleValue, value: PickleValue)]? {
    guard case .dictionary(let entries) = object(value) else { return nil }
    return entries
  }

  /// The value of a key that is a text, or the bytes of one.
  package func value(of key: String, in value: PickleValue) -> PickleValue? {
    entries(value)?.last { $0.key.text == key }?.value
  }

  /// Bytes or a `bytearray`.
  package func bytes(_ value: PickleValue) -> [UInt8]? {
    guard case .call(.bytes, let arguments, _) = object(value) else { return plainBytes(value) }
    return arguments.isEmpty ? [] : arguments.count == 1 ? plainBytes(arguments[0]) : nil
  }

  /// Bytes, also in the form that Python 3 gives them in protocol 2: a text in Latin-1 to be encoded.
  private func plainBytes(_ value: PickleValue) -> [UInt8]? {
    if case .bytes(let bytes) = value { return bytes }
    guard case .call(.encode, let arguments, _) = object(value), arguments.count == 2,
      ["latin1", "latin-1"].contains(arguments[1].text), case .text(let text) = arguments[0]
    else { return nil }
    let bytes = text.unicodeScalars.compactMap { UInt8(exactly: $0.value) }
    return bytes.count == text.unicodeScalars.count ? bytes : nil
  }

  func failure(expected: String, found: String) -> ExchangeError {
    ExchangeError(file: file, object: entry, expected: expected, found: found)
  }
}
