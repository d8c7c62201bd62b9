import Glibc
import Reports
import Testing

@Test func aPipeIsNoTerminal() {
  var ends: [Int32] = [0, 0]
  #expect(pipe(&ends) == 0)
  defer { for end in ends { close(end) } }
  let terminal = Terminal(descriptor: ends[1]) { $0 == "COLUMNS" ? "50" : nil }
  #expect(terminal == Terminal(isInteractive: false, usesColor: false, width: 50))
  #expect(Terminal(descriptor: ends[1]) { _ in nil }.width == 80)
  #expect(Terminal(descriptor: ends[1]) { _ in "-3" }.width == 80)
}

@Test(arguments: [
  ([:], true, true), (["NO_COLOR": "1"], true, false), (["NO_COLOR": ""], true, true), (["TERM": "dumb"], false, false),
])
func environmentDecidesOnATerminal(environment: [String: String], interactive: Bool, color: Bool) throws {
  // The controlling end of a pseudo-terminal counts as a terminal on Linux.
  let descriptor = open("/dev/ptmx", O_RDWR | O_NOCTTY)
  try #require(descriptor >= 0)
  defer { close(descriptor) }
  let terminal = Terminal(descriptor: descriptor) { environment[$0] }
  #expect(terminal.isInteractive == interactive)
  #expect(terminal.usesColor == color)
}

@Test func stylesAreLeftOutWhereColourIsNotWelcome() {
  let color = Terminal(isInteractive: true, usesColor: true, width: 80)
  #expect(color.styled("x", .bold) == "\u{1B}[1mx\u{1B}[0m")
  #expect(color.styled("", .bold) == "")
  #expect(Terminal(isInteractive: true, usesColor: false, width: 80).styled("x", .red) == "x")
}
