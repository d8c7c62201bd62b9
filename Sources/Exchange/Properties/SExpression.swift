/// An expression of SMT-LIB's syntax: a word, or a list of expressions in parentheses.
enum SExpression {
  case word(String, line: Int)
  case list([SExpression], line: Int)

  /// The line on which it begins, from 1.
  var line: Int {
    switch self {
    case .word(_, let line), .list(_, let line): line
    }
  }

  /// The beginning of the expression, for messages.
  var summary: String {
    switch self {
    case .word(let word, _): "'\(word.count > 40 ? word.prefix(40) + "…" : word)'"
    case .list(let members, _):
      switch members.first {
      case .word(let head, _)?: "'(\(head.prefix(40))\(members.count > 1 ? " …" : ""))'"
      case .list?: "a list of lists"
      case nil: "'()'"
      }
    }
  }
}

/// Reads the expressions of a text one by one. What it needs in memory is bounded, whatever the text is.
struct SExpressionReader {
  private let text: [UInt8]
  private let file: String
  private var position = 0
  private var line = 1

  /// Real properties are some five levels deep.
  static let depthLimit = 100
  /// The most words and lists in one expression; the largest of the competition have some hundred thousand.
  static let memberLimit = 1 << 22
  /// The longest word; a Double written in full has 1,080 characters at most.
  static let wordLimit = 1200

  private struct OpenList {
    var members: [SExpression] = []
    let line: Int
  }

  init(_ text: [UInt8], file: String) {
    self.text = text
    self.file = file
    if text.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  /// The next expression; nil at the end of the text.
  mutating func next() throws(ExchangeError) -> SExpression? {
    var open: [OpenList] = []
    var members = 0
    while let byte = skipBlanks() {
      let finished: SExpression
      switch byte {
      case UInt8(ascii: "("):
        position += 1
        guard open.count < Self.depthLimit else {
          throw failure(expected: "at most \(Self.depthLimit) parentheses within one another", found: "more")
        }
        open.append(OpenList(line: line))
        continue
      case UInt8(ascii: ")"):
        guard let list = open.popLast() else { throw failure(expected: "'('", found: "')' without one") }
        position += 1
        finished = .list(list.members, line: list.line)
      default: finished = try word(byte)
      }
      guard !open.isEmpty else { return finished }
      members += 1
      guard members <= Self.memberLimit else {
        throw failure(expected: "at most \(Self.memberLimit) words and lists in one expression", found: "more")
      }
      open[open.count - 1].members.append(finished)
    }
    guard let list = open.last else { return nil }
    throw failure(expected: "')' for the '(' of line \(list.line)", found: "the end of the file")
  }

  /// Skips spaces and comments; the byte after them, nil at the end.
  private mutating func skipBlanks() -> UInt8? {
    var isComment = false
    while position < text.count {
      let byte = text[position]
      if byte == UInt8(ascii: "\n") {
        line += 1
        isComment = false
      } else if byte == UInt8(ascii: ";") {
        isComment = true
      } else if !isComment, !Self.isBlank(byte) {
        return byte
      }
      position += 1
    }
    return nil
  }

  /// A word: up to a space, a parenthesis or a comment, or between bars or quotation marks.
  private mutating func word(_ first: UInt8) throws(ExchangeError) -> SExpression {
    let start = position
    let startLine = line
    if first == UInt8(ascii: "|") || first == UInt8(ascii: "\"") {
      position += 1
      while position < text.count, text[position] != first {
        if text[position] == UInt8(ascii: "\n") { line += 1 }
        position += 1
      }
      guard position < text.count else {
        throw failure(
          expected: "the mark \(Character(Unicode.Scalar(first))) that ends the text begun in line \(startLine)",
          found: "the end of the file")
      }
      position += 1
      let content = first == UInt8(ascii: "|") ? text[start + 1..<position - 1] : text[start..<position]
      return .word(String(decoding: content, as: UTF8.self), line: startLine)
    }
    while position < text.count, !Self.endsWord(text[position]) {
      guard (0x21...0x7E).contains(text[position]) else {
        let code = (text[position] < 16 ? "0" : "") + String(text[position], radix: 16)
        throw failure(expected: "a property as text", found: "the byte 0x\(code)")
      }
      position += 1
      guard position - start <= Self.wordLimit else {
        throw failure(expected: "words of at most \(Self.wordLimit) characters", found: "a longer one")
      }
    }
    return .word(String(decoding: text[start..<position], as: UTF8.self), line: line)
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

  private static func endsWord(_ byte: UInt8) -> Bool {
    isBlank(byte) || byte == UInt8(ascii: "(") || byte == UInt8(ascii: ")") || byte == UInt8(ascii: ";")
  }

  private func failure(expected: String, found: String) -> ExchangeError {
    ExchangeError(file: file, object: "line \(line)", expected: expected, found: found)
  }
}
