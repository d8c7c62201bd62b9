import Testing
import Wording

@Test(arguments: [
  ("kitten", "sitting", 3), ("bar", "baz", 1), ("", "abc", 3), ("abc", "", 3), ("same", "same", 0),
  ("--hex-outputt", "--hex-output", 1), ("ab", "ba", 2),
])
func insertionsDeletionsAndReplacementsCount(first: String, second: String, expected: Int) {
  #expect(first.editDistance(to: second) == expected)
}
