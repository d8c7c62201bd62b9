/// A text that stands for a number where it reads as one: in JSON it is that number.
struct TypedText: Encodable {
  let text: String

  init(_ text: String) {
    self.text = text
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if let integer = Int(text) {
      try container.encode(integer)
    } else if let integer = UInt64(text) {
      try container.encode(integer)
    } else if let number = Double(text), number.isFinite {
      try container.encode(number)
    } else {
      try container.encode(text)
    }
  }
}

/// The values of an attribute of a file: numbers in JSON where they are numbers in the file, and one value, not a list,
/// where it holds one.
struct AttributeValue: Encodable {
  let texts: [String]
  let areNumbers: Bool
  let isScalar: Bool

  /// For people.
  var text: String { texts.joined(separator: ", ") }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch (areNumbers, isScalar && texts.count == 1) {
    case (true, true): try container.encode(TypedText(texts[0]))
    case (true, false): try container.encode(texts.map(TypedText.init))
    case (false, true): try container.encode(texts[0])
    case (false, false): try container.encode(texts)
    }
  }
}
