import Arguments
import Testing

@Suite struct TextTests {
  @Test(arguments: [
    ("epsilonRadius", "epsilon-radius"), ("RobustAccuracy", "robust-accuracy"), ("URLPath", "url-path"),
    ("myURL", "my-url"), ("snake_case", "snake-case"), ("x", "x"), ("", ""), ("l2Norm", "l2-norm"),
  ])
  func kebabCase(name: String, expected: String) {
    #expect(name.kebabCased == expected)
  }

  @Test(arguments: [
    ("kitten", "sitting", 3), ("bar", "baz", 1), ("", "abc", 3), ("abc", "", 3), ("same", "same", 0),
    ("--hex-outputt", "--hex-output", 1), ("ab", "ba", 2),
  ])
  func editDistance(first: String, second: String, expected: Int) {
    #expect(first.editDistance(to: second) == expected)
  }

  @Test func closestIsUnderFourEdits() {
    #expect("abcdef".closest(among: ["abcxyz", "zzzzzz"]) == "abcxyz")
    #expect("abcdef".closest(among: ["abwxyz"]) == nil)
    #expect("attak".closest(among: ["attach", "attack"]) == "attack")
  }

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
}
