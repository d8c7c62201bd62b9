import Testing
import Wording

@Test func wrapping() {
  // A line may fill its width exactly.
  #expect("aaaaaaaaaa bbbbbbbbb cc".wrapped(to: 20) == "aaaaaaaaaa bbbbbbbbb\ncc")
  #expect("aaaaaaaaaa bbbbbbbbbb cc".wrapped(to: 20) == "aaaaaaaaaa\nbbbbbbbbbb cc")
  #expect("aaaaaaaaaaaaaaaaaaaaaaaaa b".wrapped(to: 20) == "aaaaaaaaaaaaaaaaaaaaaaaaa\nb")
  #expect("a\n\n  indented".wrapped(to: 24, indent: 2) == "  a\n\n    indented")
  #expect("    aaaaaaaaaaaaaaaaaaaaaaaaa".wrapped(to: 20) == "    aaaaaaaaaaaaaaaaaaaaaaaaa")
  #expect("                              ".wrapped(to: 20).allSatisfy { $0 == " " || $0 == "\n" })
  #expect("".wrapped(to: 20).isEmpty)
}

@Test func wordsAreNeverBroken() {
  #expect("aa bb cccccc d".broken(at: 5) == ["aa bb", "cccccc", "d"])
  #expect("".broken(at: 5) == [""])
  #expect("aa".broken(at: 0) == ["aa"])
}
