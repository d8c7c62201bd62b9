/// Numbers, texts and bytes.
extension Unpickler {
  mutating func checkProtocol() throws(ExchangeError) {
    let version = try input.integer(1)
    guard version <= 5 else { throw failure("a pickle of protocol 0 to 5", "\(version)") }
  }

  mutating func checkFrame() throws(ExchangeError) {
    let length = try input.integer(8)
    guard length <= input.remaining else {
      throw failure("a frame of at most \(input.remaining) bytes in a pickle", "\(length)")
    }
  }

  /// Bytes after their number, which has so many bytes itself.
  mutating func sized(_ count: Int) throws(ExchangeError) -> [UInt8] {
    try input.bytes(input.integer(count))
  }

  mutating func bigEndianNumber() throws(ExchangeError) -> Double {
    Double(bitPattern: try input.bytes(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
  }

  /// Two's complement, least significant byte first; no bytes are 0.
  static func integer(_ bytes: [UInt8]) -> PickleValue {
    let isNegative = (bytes.last ?? 0) & 0x80 != 0
    let filling: UInt8 = isNegative ? 0xFF : 0
    let wide = bytes.dropFirst(8).allSatisfy { $0 == filling }
    let low = (0..<8).reduce(UInt64(0)) { $0 | UInt64($1 < bytes.count ? bytes[$1] : filling) << (8 * UInt64($1)) }
    let value = Int64(bitPattern: low)
    return wide && (bytes.count <= 8 || (value < 0) == isNegative) ? .integer(Int(value)) : .wideInteger(bytes)
  }

  /// A whole number in decimal; protocol 0 writes true and false as 01 and 00.
  func decimal(_ line: [UInt8]) throws(ExchangeError) -> PickleValue {
    var text = String(decoding: line, as: UTF8.self)
    if text == "00" || text == "01" { return .boolean(text == "01") }
    if text.last == "L" { text.removeLast() }
    guard let value = Int(text) else { throw failure("a whole number of at most 64 bits", "'\(text.prefix(32))'") }
    return .integer(value)
  }

  func number(_ line: [UInt8]) throws(ExchangeError) -> PickleValue {
    let text = String(decoding: line, as: UTF8.self)
    guard let value = Double(text) else { throw failure("a number", "'\(text.prefix(32))'") }
    return .number(value)
  }

  /// The index of a value in the memo.
  func index(_ line: [UInt8]) throws(ExchangeError) -> Int {
    guard let index = try decimal(line).integer, index >= 0 else { throw failure("an index of the memo", "none") }
    return index
  }

  /// A text of Python 2 as its source would have it: in quotes, with backslashes before what is no plain character.
  func unescaped(_ line: [UInt8]) throws(ExchangeError) -> [UInt8] {
    guard line.count >= 2, let quote = line.first, [UInt8(ascii: "'"), UInt8(ascii: "\"")].contains(quote),
      line.last == quote
    else { throw failure("a text in quotes", "none") }
    var bytes: [UInt8] = []
    var rest = line[1..<line.count - 1]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "\\") else {
        bytes.append(byte)
        continue
      }
      guard let value = Self.escaped(&rest) else { throw failure("a text with whole escapes", "a part of one") }
      bytes += value
    }
    return bytes
  }

  /// What a backslash and the bytes after it stand for.
  private static func escaped(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
    guard let kind = rest.popFirst() else { return nil }
    switch Unicode.Scalar(kind) {
    case "\\", "'", "\"": return [kind]
    case "n": return [10]
    case "r": return [13]
    case "t": return [9]
    case "a": return [7]
    case "b": return [8]
    case "f": return [12]
    case "v": return [11]
    case "x":
      guard let value = hexadecimal(&rest, 2) else { return nil }
      return [UInt8(truncatingIfNeeded: value)]
    case "0"..."7":
      let digits = [kind] + rest.prefix(2).prefix { (0x30...0x37).contains($0) }
      rest = rest.dropFirst(digits.count - 1)
      return [UInt8(truncatingIfNeeded: digits.reduce(0) { $0 * 8 + Int($1 - 0x30) })]
    // Python leaves an unknown escape as it is.
    default: return [UInt8(ascii: "\\"), kind]
    }
  }

  /// A text in Latin-1 where `\u` and `\U` stand before four and eight hexadecimal digits.
  static func rawUnicode(_ line: [UInt8]) -> String {
    var text = String.UnicodeScalarView()
    var rest = line[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "\\"), let kind = rest.first, kind | 0x20 == UInt8(ascii: "u") {
        var digits = rest.dropFirst()
        if let value = hexadecimal(&digits, kind == UInt8(ascii: "u") ? 4 : 8), let scalar = Unicode.Scalar(value) {
          text.append(scalar)
          rest = digits
          continue
        }
      }
      text.append(Unicode.Scalar(byte))
    }
    return String(text)
  }

  private static func hexadecimal(_ rest: inout ArraySlice<UInt8>, _ count: Int) -> UInt32? {
    let digits = rest.prefix(count)
    // A sign would do for the conversion.
    let isHexadecimal = digits.allSatisfy { Unicode.Scalar($0).properties.isASCIIHexDigit }
    guard digits.count == count, isHexadecimal else { return nil }
    rest = rest.dropFirst(count)
    return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
  }

  func failure(_ expected: String, _ found: String) -> ExchangeError {
    ExchangeError(file: input.path, object: input.entry, expected: expected, found: found)
  }
}
