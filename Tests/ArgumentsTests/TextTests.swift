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

  @Test func closestIsUnderFourEdits() {
    #expect("abcdef".closest(among: ["abcxyz", "zzzzzz"]) == "abcxyz")
    #expect("abcdef".closest(among: ["abwxyz"]) == nil)
    #expect("attak".closest(among: ["attach", "attack"]) == "attack")
  }
}
