/// A value in a table or behind a label. It keeps what was measured; each renderer writes it in its own way.
public enum Cell: Hashable, Sendable {
  /// Words.
  case text(String)
  /// A whole number of things.
  case count(Int)
  /// A fraction, written as percents.
  case percentage(Double, decimals: Int = 2)
  /// An interval of fractions, written as percents.
  case interval(ClosedRange<Double>)
  /// A number with so many significant digits.
  case number(Double, digits: Int = 4)
  /// A number with so many digits behind the point.
  case decimal(Double, decimals: Int)
  /// A time span.
  case duration(seconds: Double)
  /// A rate: how many per second.
  case rate(perSecond: Double, unit: String)
  /// A size in memory or on a disk.
  case bytes(Int)
  /// There is no such value.
  case missing

  /// A cell for a value that may be missing: `.optional(loss) { .number($0) }`.
  public static func optional<Value>(_ value: Value?, _ cell: (Value) -> Cell) -> Cell {
    value.map(cell) ?? .missing
  }
}

extension Cell: ExpressibleByStringInterpolation {
  /// Words.
  public init(stringLiteral text: String) {
    self = .text(text)
  }
}

extension Cell: CustomStringConvertible {
  /// As people read it in a line of plain text.
  public var description: String {
    switch self {
    case .text(let text): text
    case .count(let count): NumberFormat.count(count)
    case .percentage(let fraction, let decimals): NumberFormat.percentage(fraction, decimals: decimals)
    case .interval(let fractions): NumberFormat.percentages(fractions)
    case .number(let number, let digits): NumberFormat.significant(number, digits: digits)
    case .decimal(let number, let decimals): NumberFormat.fixed(number, decimals: decimals)
    case .duration(let seconds): NumberFormat.duration(seconds: seconds)
    case .rate(let rate, let unit): NumberFormat.rate(perSecond: rate, of: unit)
    case .bytes(let bytes): "\(NumberFormat.count(bytes / 1_000_000)) MB"
    case .missing: NumberFormat.missing
    }
  }
}
