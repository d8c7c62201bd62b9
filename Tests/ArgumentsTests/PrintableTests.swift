import Arguments
import Testing

@Suite struct PrintableTests {
  /// Every control character, those from 128 to 159 too, and what turns the direction of writing.
  static let obeyed: [Unicode.Scalar] =
    ((0...0x1F).filter { $0 != 10 } + Array(0x7F...0x9F) + [0x061C, 0x200E, 0x200F] + Array(0x2028...0x202E)
    + Array(0x2066...0x2069)).compactMap { Unicode.Scalar($0 as UInt32) }

  @Test func whatATerminalObeysIsReplaced() {
    for scalar in Self.obeyed {
      #expect("a\(scalar)b\n".printable == "a\u{FFFD}b\n", "\(scalar.value)")
    }
    #expect("a\r\nb".printable == "a\u{FFFD}\nb")
  }

  @Test(arguments: ["", "plain\ntext", "naïve ∞ 中文 👩‍👩‍👧 e\u{301}"]) func otherTextStays(text: String) {
    #expect(text.printable == text)
    #expect(text.printableJSON == text)
  }

  @Test func jsonKeepsTheValue() {
    #expect("{\n\"a\": \"\u{9B}31m\u{202E}\u{7F}\"}".printableJSON == #"{\#n"a": "\u009b31m\u202e\u007f"}"#)
  }

  /// What was typed stands in errors.
  @Test func errorsOfTheParserHoldWhatWasTyped() {
    let termination = Program.lab("attack", "--\u{1B}[31mred")
    #expect(termination.errorOutput.contains("\u{1B}"))
    #expect(termination.errorOutput.printable.contains("Unknown option '--\u{FFFD}[31mred'"))
  }
}
