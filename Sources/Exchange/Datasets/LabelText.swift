/// Labels in a text: a whole number on each line, and no header.
struct LabelText {
  let labels: [Int]

  /// The labels of a hundred million examples.
  private static let mostBytes = 1 << 28
  /// A file is taken for a text by its beginning.
  private static let sampledBytes = 512

  /// Reads a file; nil where it is no text.
  ///
  /// - Throws: `ExchangeError` where a line is no whole number.
  init?(_ path: String) throws(ExchangeError) {
    let file = try InputFile(path)
    guard Self.isText(try file.read(atMost: Self.sampledBytes, from: 0)) else { return nil }
    guard file.size <= Self.mostBytes else {
      throw ExchangeError(file: path, expected: "at most \(Self.mostBytes) bytes of labels", found: "\(file.size)")
    }
    labels = try Self.labels(of: try file.read(atMost: Self.mostBytes), path)
  }

  private static func isText(_ start: [UInt8]) -> Bool {
    guard let first = start.first, first < 0x80 || start.starts(with: byteOrderMark) else { return false }
    return start.allSatisfy { $0 >= UInt8(ascii: " ") || isEndOfLine($0) || $0 == UInt8(ascii: "\t") }
  }

  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  private static func isEndOfLine(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }

  private static func labels(of bytes: [UInt8], _ path: String) throws(ExchangeError) -> [Int] {
    var labels: [Int] = []
    var position = bytes.starts(with: byteOrderMark) ? byteOrderMark.count : 0
    while position < bytes.count {
      let end = bytes[position...].firstIndex(where: isEndOfLine) ?? bytes.count
      let text = String(decoding: bytes[position..<end], as: UTF8.self).drop { $0.isWhitespace }
      guard let label = number(text) else {
        if text.isEmpty, bytes[end...].allSatisfy(isEndOfLine) { break }
        throw ExchangeError(
          file: path, expected: "a whole number on each line, without a header",
          found: (text.isEmpty ? "nothing" : "'\(text.prefix(40))'") + " on line \(labels.count + 1)")
      }
      labels.append(label)
      // A line ends with one sign, or with two on Windows.
      let isPair = bytes[end...].starts(with: [UInt8(ascii: "\r"), UInt8(ascii: "\n")])
      position = end + (isPair ? 2 : 1)
    }
    return labels
  }

  /// `numpy.savetxt` writes whole numbers as `7.000000000000000000e+00`.
  private static func number(_ text: Substring) -> Int? {
    var text = text
    while text.last?.isWhitespace == true { text.removeLast() }
    return Int(text) ?? Double(text).flatMap { Int(exactly: $0) }
  }
}
