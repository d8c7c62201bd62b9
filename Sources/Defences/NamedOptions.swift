import Networks

/// `name:option=value,option=value`: how a defence is asked for in one word.
struct NamedOptions {
  /// What stands before the colon.
  let name: String
  private let given: [String: String]

  init(_ text: String) throws(DefenceError) {
    guard let parts = try? OptionText(text) else { throw .malformed(text) }
    (name, given) = (parts.name, parts.values)
  }

  /// Refuses options other than these.
  func require(only known: [String]) throws(DefenceError) {
    for key in given.keys.sorted() where !known.contains(key) {
      throw .unknownOption(key, of: name, known: known)
    }
  }

  func integer(_ key: String, _ standard: Int, in range: ClosedRange<Int>) throws(DefenceError) -> Int {
    guard let text = given[key] else { return standard }
    guard let value = Int(text), range.contains(value) else {
      throw .option(
        key, of: name, found: text, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  func number(_ key: String, _ standard: Float, in range: ClosedRange<Float>) throws(DefenceError) -> Float {
    try number(key, in: range) ?? standard
  }

  func number(_ key: String, in range: ClosedRange<Float>) throws(DefenceError) -> Float? {
    guard let text = given[key] else { return nil }
    guard let value = Float(text), range.contains(value) else {
      throw .option(key, of: name, found: text, expected: "a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }
}
