internal import Arguments
internal import Reports

/// Why a word is no value.
struct InvalidValue: Error, CustomStringConvertible {
  let description: String
}

/// Rejects the command line unless a number is at least 1, and small enough that products of it do not overflow.
func requireCount(_ number: Int, _ option: String, atMost most: Int = 1_000_000) throws {
  try require((1...most).contains(number), option, "1 to \(NumberFormat.count(most))", number)
}

/// Rejects the command line unless the value of an option is what is expected.
func require(_ holds: Bool, _ option: String, _ expected: String, _ found: some Any) throws {
  guard holds else { throw ValidationError("--\(option): expected \(expected), found \(found).") }
}
