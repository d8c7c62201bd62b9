import Reports
import Testing

@Test(arguments: [
  ("", 0), ("abc", 3), ("×≤‖ε", 4), ("e\u{301}", 1), ("e\u{200B}", 1), ("漢字", 4), ("한글", 4), ("👍", 2), ("👨‍👩‍👧", 2),
  ("─", 1),
])
func widthIsCountedInColumns(text: String, width: Int) {
  #expect(text.displayWidth == width)
}

@Test func truncationKeepsWholeCharacters() {
  #expect("abcdef".truncated(toWidth: 6) == "abcdef")
  #expect("abcdef".truncated(toWidth: 4) == "abc…")
  // The second wide character would leave no room for the ellipsis.
  #expect("漢字漢".truncated(toWidth: 4) == "漢…")
  #expect("abc".truncated(toWidth: 0) == "")
  for width in 0...6 {
    #expect("a漢b字c".truncated(toWidth: width).displayWidth <= width)
  }
}
