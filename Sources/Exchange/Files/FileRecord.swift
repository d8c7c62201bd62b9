import HDF5

/// The metadata of a whole file: attributes of the root in HDF5, arrays of a NumPy archive.
enum FileRecord {
  case attributes(Attributes)
  case members(of: ZipArchive, file: String)

  /// What holds a value, for messages.
  var noun: String {
    switch self {
    case .attributes: "attribute"
    case .members: "array"
    }
  }

  /// The object in the file that holds the values, for messages.
  var object: String? {
    switch self {
    case .attributes: "/"
    case .members: nil
    }
  }

  /// A text; nil where there is none of the name.
  func text(_ name: String) throws -> String? {
    switch self {
    case .attributes(let attributes): return try attributes.string(name)
    case .members(let archive, let file):
      let texts = try Self.member(name, of: archive, file)?.texts()
      guard let texts, texts.count != 1 else { return texts?.first }
      throw ExchangeError(file: file, object: name, expected: "one text", found: "\(texts.count)")
    }
  }

  /// Texts; nil where there are none of the name.
  func texts(_ name: String) throws -> [String]? {
    switch self {
    case .attributes(let attributes): try attributes.strings(name)
    case .members(let archive, let file):
      try NumPyFiles.member(name, of: archive, file: file, limit: NumPyFiles.mostNameBytes)?.texts()
    }
  }

  /// A number; nil where there is none of the name.
  func number<Value: RecordedNumber>(_ name: String, as type: Value.Type) throws -> Value? {
    switch self {
    case .attributes(let attributes): return try attributes.number(name, as: type)
    case .members(_, let file):
      let numbers = try numbers(name, as: type)
      guard let numbers, numbers.count != 1 else { return numbers?.first }
      throw ExchangeError(file: file, object: name, expected: "one number", found: "\(numbers.count)")
    }
  }

  /// Numbers, in an archive also those written as texts; nil where there are none of the name.
  func numbers<Value: RecordedNumber>(_ name: String, as type: Value.Type) throws -> [Value]? {
    switch self {
    case .attributes(let attributes): return try attributes.numbers(name, as: type)
    case .members(let archive, let file):
      guard let array = try Self.member(name, of: archive, file) else { return nil }
      guard case .string = array.elementType else { return try array.numbers(as: type) }
      let texts = try array.texts()
      let numbers = texts.compactMap { Value($0) }
      guard numbers.count == texts.count else {
        throw ExchangeError(file: file, object: name, expected: "numbers", found: texts.joined(separator: ", "))
      }
      return numbers
    }
  }

  /// A range of valid pixels; nil where there is none of the name.
  func box(_ name: String) throws -> StatedBox? {
    switch self {
    case .attributes(let attributes): return try attributes.statedBox(name)
    case .members(let archive, let file):
      guard let array = try Self.member(name, of: archive, file) else { return nil }
      return StatedBox(try array.numbers(as: Float.self), shape: array.shape)
    }
  }

  private static func member(
    _ name: String, of archive: ZipArchive, _ file: String
  ) throws(ExchangeError) -> NumPyArray? {
    // A command line of a thousand files is shorter.
    try NumPyFiles.member(name, of: archive, file: file, limit: 1 << 20)
  }
}

/// A number that HDF5, NumPy and texts can hold.
typealias RecordedNumber = Number & NumPyConvertible & LosslessStringConvertible
