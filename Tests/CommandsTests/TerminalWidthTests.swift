import Exchange
import Networks
import Testing

/// What is printed fits the terminal, never with a broken word; in a file every line is whole.
@Suite(.enabled(if: Child.program != nil, Comment(rawValue: Child.explanation)))
struct TerminalWidthTests {
  private let directory: ScratchDirectory

  init() throws {
    directory = try ScratchDirectory()
    // Under short names, for a path is one word.
    try directory.write("model.h5", bytes(ofFile: SampleFiles.model))
    try directory.write("digits.h5", bytes(ofFile: SampleFiles.digits))
  }

  private func lines(_ words: [String], columns: Int) throws -> [Substring] {
    let terminal = try PseudoTerminal()
    let child = try Child.start(
      words, in: directory, output: .path(terminal.path), errors: .captured,
      environment: ["COLUMNS": "\(columns)", "TERM": "xterm"])
    let ending = try child.wait(at: terminal)
    #expect(ending.code == 0, "\(words): \(ending.errors)")
    return terminal.text.split(omittingEmptySubsequences: false) { $0.isNewline }
  }

  @Test(arguments: [
    "inspect --architectures", "inspect digits.h5", "inspect model.h5", "gradcheck --architecture tinycnn",
    "attack --fgsm --eps 8 --model model.h5 --data digits.h5",
    "evaluate --eps 8 --suite fgsm --model model.h5 --data digits.h5",
    "evaluate --eps 0.1 --suite fgsm --model model.h5 --data digits.h5 --preprocess median:size=2 --count 30",
    "predict --model model.h5 --data digits.h5", "data inspect digits.h5", "bench start-up --repeat 1",
  ]) func nothingIsWiderThanTheTerminal(line: String) throws {
    let words = line.split(separator: " ").map(String.init)
    let shown = try lines(words, columns: 80)
    #expect(shown.count > 1 && shown.allSatisfy { $0.count <= 80 }, "\(shown.filter { $0.count > 80 })")
  }

  /// The width of the terminal reaches the process that reads the file.
  @Test(arguments: ["attack --fgsm --eps 0.1 --model model.h5 --data digits.h5", "data inspect digits.h5"])
  func headingsAreBrokenBetweenWords(line: String) throws {
    let words = line.split(separator: " ").map(String.init)
    let whole = try Child.start(words, in: directory).wait().output.split(separator: "\n")
    let found = try #require(whole.first { $0.hasPrefix("found ") })
    #expect(found.count > 60, "\(found)")
    let shown = try lines(words, columns: 60)
    let first = try #require(shown.firstIndex { $0.hasPrefix("found ") })
    let column = try #require(found.dropFirst(5).firstIndex { $0 != " " })
    let indent = String(repeating: " ", count: found.distance(from: found.startIndex, to: column))
    let next = shown[(first + 1)...].prefix { $0.hasPrefix(indent) }
    #expect(!next.isEmpty && next.allSatisfy { $0.count <= 60 })
    #expect(([shown[first]] + next.map { $0.dropFirst(indent.count) }).joined(separator: " ") == found)
  }

  @Test func whatIsLeftOutIsNamed() throws {
    let narrow = try lines(["inspect", "--architectures"], columns: 80).joined(separator: "\n")
    #expect(narrow.contains("A wider terminal and --json show options and reference, too."))
    for name in Architectures.names { #expect(narrow.contains("\n\(name) ")) }
    let wide = try lines(["inspect", "--architectures"], columns: 300).joined(separator: "\n")
    #expect(wide.contains("arXiv") && !wide.contains("A wider terminal"))
    let piped = try Child.run("inspect", "--architectures", in: directory, environment: ["COLUMNS": "80"])
    #expect(piped.output.contains("arXiv") && !piped.output.contains("A wider terminal"))
  }
}
