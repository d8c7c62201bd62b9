/// The values that a hyper-parameter may have.
public enum HyperparameterDomain: Hashable, Sendable {
  /// Whole numbers.
  case integer(ClosedRange<Int>)
  /// Numbers.
  case number(NumberRange)
  /// Yes or no.
  case flag
  /// One of these names.
  case choice([String])
  /// Any text that its type can read: its description, for messages, and examples, for completion.
  case text(expected: String, examples: [String])

  /// Whether a value is one of them.
  func contains(_ value: HyperparameterValue) -> Bool {
    switch (self, value) {
    case (.integer(let range), .integer(let value)): range.contains(value)
    case (.number(let range), .number(let value)): range.contains(value)
    case (.flag, .flag): true
    case (.choice(let names), .text(let name)): names.contains(name)
    case (.text, .text): true
    case (.integer, _), (.number, _), (.flag, _), (.choice, _), (.text, _): false
    }
  }

  /// Whether its values are numbers.
  package var isNumeric: Bool {
    switch self {
    case .integer, .number: true
    case .flag, .choice, .text: false
    }
  }

  /// Values that completion offers.
  package var examples: [String] {
    switch self {
    case .integer, .number, .flag: []
    case .choice(let names): names
    case .text(_, let examples): examples
    }
  }

  /// What is expected, for messages: `a whole number from 1 to 1,000`.
  public var expectation: String {
    switch self {
    case .integer: "a whole number from \(shortExpectation)"
    case .number(let range): "a number \(range)"
    case .flag: "true or false"
    case .choice(let names): "one of \(names.joined(separator: ", "))"
    case .text(let expected, _): expected
    }
  }

  /// The same in short, beside the name of an option: `1 to 1,000`.
  package var shortExpectation: String {
    guard case .integer(let range) = self else { return expectation }
    return "\(Self.grouped(range.lowerBound)) to \(Self.grouped(range.upperBound))"
  }

  /// 1,000,000.
  fileprivate static func grouped(_ number: Int) -> String {
    let digits = Array(String(number.magnitude))
    let groups = digits.enumerated().map { index, digit in
      index > 0 && (digits.count - index) % 3 == 0 ? ",\(digit)" : "\(digit)"
    }
    return (number < 0 ? "-" : "") + groups.joined()
  }
}

/// An interval of numbers, with or without its ends.
public struct NumberRange: Hashable, Sendable, CustomStringConvertible {
  private let lower: Double
  private let upper: Double
  private let hasLower: Bool
  private let hasUpper: Bool

  private init(_ lower: Double, hasLower: Bool, _ upper: Double, hasUpper: Bool) {
    (self.lower, self.upper, self.hasLower, self.hasUpper) = (lower, upper, hasLower, hasUpper)
  }

  /// With both ends; without `to` unbounded above.
  public static func from(_ lower: Double, to upper: Double = .infinity) -> NumberRange {
    NumberRange(lower, hasLower: true, upper, hasUpper: upper.isFinite)
  }

  /// Without the upper end.
  public static func from(_ lower: Double, below upper: Double) -> NumberRange {
    NumberRange(lower, hasLower: true, upper, hasUpper: false)
  }

  /// Without the lower end.
  public static func above(_ lower: Double, to upper: Double = .infinity) -> NumberRange {
    NumberRange(lower, hasLower: false, upper, hasUpper: upper.isFinite)
  }

  func contains(_ value: Double) -> Bool {
    value.isFinite && (hasLower ? value >= lower : value > lower) && (hasUpper ? value <= upper : value < upper)
  }

  /// `from 0 to 1`, `above 0`.
  public var description: String {
    let (low, high) = (Self.short(lower), Self.short(upper))
    let start = hasLower ? (upper.isFinite ? "from \(low)" : "of at least \(low)") : "above \(low)"
    guard upper.isFinite else { return start }
    return "\(start) to \(hasUpper ? "" : "below ")\(high)"
  }

  private static func short(_ number: Double) -> String {
    Int(exactly: number).map(HyperparameterDomain.grouped) ?? "\(number)"
  }
}
