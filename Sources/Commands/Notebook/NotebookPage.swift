internal import Wording

/// A Markdown page as lines, and the parts of it that run or show what was printed.
struct NotebookPage {
  /// A part of a page with what the comments before it say.
  struct Block {
    enum Kind: Hashable {
      /// Commands of the shell, or Python.
      case commands(isPython: Bool)
      /// What was printed.
      case output
      /// The rows of a table.
      case rows
      /// A picture: its path from the page.
      case picture(String)
      /// Data that what follows needs.
      case needs(String)
      case heading
    }

    let kind: Kind
    /// The index of its first line.
    let start: Int
    var lines: [String]
    /// What comments say, by their first word.
    var directives: [String: String]

    /// Whether something is run for it.
    var hasCommands: Bool {
      switch kind {
      case .commands, .rows: true
      case .output: directives["shows"] != nil
      case .picture, .needs, .heading: false
      }
    }
  }

  private(set) var lines: [String]
  private(set) var blocks: [Block] = []

  init(_ text: String) {
    lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    var index = 0
    var directives: [String: String] = [:]
    while index < lines.count { index = readBlock(at: index, &directives) }
  }

  /// Replaces lines by their index, and takes out those in whose place there is none.
  mutating func apply(_ edits: [(index: Int, line: String?)]) {
    for case (let index, let line?) in edits { lines[index] = line }
    for index in edits.filter({ $0.line == nil }).map(\.index).sorted(by: >) { lines.remove(at: index) }
  }

  /// How many blocks have commands.
  var runCount: Int { blocks.count(where: \.hasCommands) }

  /// The whole page.
  var text: String { lines.joined(separator: "\n") }

  /// Reads what begins at a line.
  ///
  /// - Returns: The index of the line behind it.
  private mutating func readBlock(at index: Int, _ directives: inout [String: String]) -> Int {
    let line = lines[index]
    if line.hasPrefix(Self.mark) { return readDirective(at: index, &directives) }
    if line.hasPrefix("```") {
      let end = lines[(index + 1)...].firstIndex { $0.hasPrefix("```") } ?? lines.count
      if let kind = Self.kind(of: line.dropFirst(3).filter { $0 != " " }) {
        add(kind, index + 1..<max(end, index + 1), &directives)
      }
      return end + 1
    }
    if line.hasPrefix("|"), directives["produces"] != nil {
      let end = lines[index...].firstIndex { !$0.hasPrefix("|") } ?? lines.count
      // Titles and rule are the page's own.
      add(.rows, min(index + 2, end)..<end, &directives)
      return end
    }
    if directives["picture"] != nil, let path = Self.picturePath(line) {
      add(.picture(path), index..<index + 1, &directives)
    } else if line.hasPrefix("#") {
      add(.heading, index..<index + 1, &directives)
    }
    return index + 1
  }

  private mutating func add(_ kind: Block.Kind, _ range: Range<Int>, _ directives: inout [String: String]) {
    blocks.append(Block(kind: kind, start: range.lowerBound, lines: Array(lines[range]), directives: directives))
    directives = [:]
  }

  /// What a fence of a language begins; nil where it is none of ours.
  private static func kind(of language: String) -> Block.Kind? {
    switch language {
    case "sh": .commands(isPython: false)
    case "python": .commands(isPython: true)
    case "": .output
    default: nil
    }
  }

  private static let mark = "<!-- notebook: "

  private mutating func readDirective(at index: Int, _ directives: inout [String: String]) -> Int {
    let end = lines[index...].firstIndex { $0.contains("-->") } ?? lines.count - 1
    let comment = lines[index...end].joined(separator: "\n").dropFirst(Self.mark.count)
    let body = comment.range(ofFirst: "-->").map { comment[..<$0] } ?? comment
    let name = body.prefix { $0.isLetter }
    let value = body.dropFirst(name.count).trimmingSpaces
    if name == "needs" {
      blocks.append(Block(kind: .needs(value), start: index, lines: [], directives: [:]))
    } else {
      directives[String(name)] = value
    }
    return end + 1
  }

  /// The path in `![alt](path)`.
  private static func picturePath(_ line: String) -> String? {
    guard line.hasPrefix("!["), let start = line.range(ofFirst: "](") else { return nil }
    let rest = line[start...].dropFirst(2)
    return rest.firstIndex(of: ")").map { String(rest[..<$0]) }
  }
}

extension StringProtocol {
  /// Where a text begins in this one for the first time.
  fileprivate func range(ofFirst text: String) -> Index? {
    indices.first { self[$0...].hasPrefix(text) }
  }

  /// Without white space at its ends.
  fileprivate var trimmingSpaces: String {
    drop(while: \.isWhitespace).droppingLast(while: \.isWhitespace)
  }
}
