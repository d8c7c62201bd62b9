import Wording

/// The one way in which numbers are written for people. A value that is not finite is written as a dash.
public enum NumberFormat {
  /// A fraction as percents, with two decimals where nothing else is asked for: `41.20 %`.
  public static func percentage(_ fraction: Double, decimals: Int = 2) -> String {
    fraction.isFinite ? "\(fixed(fraction * 100, decimals: decimals)) %" : missing
  }

  /// An interval of fractions in percents: `[38.15, 44.31] %`.
  public static func percentages(_ fractions: ClosedRange<Double>) -> String {
    guard fractions.lowerBound.isFinite, fractions.upperBound.isFinite else { return missing }
    return "[\(fixed(fractions.lowerBound * 100, decimals: 2)), \(fixed(fractions.upperBound * 100, decimals: 2))] %"
  }

  /// A duration in the unit that suits it: `350 µs`, `350 ms`, `1.2 s`, `2 min 03 s`, `1 h 05 min`.
  public static func duration(seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e12 else { return missing }
    // Each bound is where the next smaller unit would round up to its end: 999.6 ms reads 1.0 s.
    if seconds < 0.9995e-3 { return "\(fixed(seconds * 1e6, decimals: 0)) µs" }
    if seconds < 0.9995 { return "\(fixed(seconds * 1e3, decimals: 0)) ms" }
    if seconds < 59.95 { return "\(fixed(seconds, decimals: 1)) s" }
    let whole = Int(seconds.rounded())
    if whole < 3600 { return "\(whole / 60) min \(twoDigits(whole % 60)) s" }
    let minutes = Int((seconds / 60).rounded())
    return "\(count(minutes / 60)) h \(twoDigits(minutes % 60)) min"
  }

  /// A whole number with separators: `1,234,567`.
  public static func count(_ value: Int) -> String {
    let digits = Array(String(value.magnitude))
    var result = value < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index).isMultiple(of: 3) { result += "," }
      result.append(digit)
    }
    return result
  }

  /// A rate: `1,234 gradients/s`; below ten with one decimal.
  public static func rate(perSecond rate: Double, of unit: String) -> String {
    "\(rounded(rate)) \(unit)/s"
  }

  /// A whole number with separators; below ten with one decimal, for there are too few digits.
  public static func rounded(_ value: Double) -> String {
    guard value.isFinite, value >= 0, value < 1e15 else { return missing }
    return value < 9.95 ? fixed(value, decimals: 1) : count(Int(value.rounded()))
  }

  /// A number with a fixed number of decimals.
  public static func fixed(_ value: Double, decimals: Int) -> String {
    value.isFinite ? formatted(value, "%.*f", precision: decimals) : missing
  }

  /// A number with so many significant digits, trailing zeros left out: `0.1`, `0.03137`, `1e-05`.
  public static func significant(_ value: Double, digits: Int = 4) -> String {
    value.isFinite ? formatted(value, "%.*g", precision: digits) : missing
  }

  /// What is shown in place of a missing number.
  public static let missing = "–"

  private static func twoDigits(_ value: Int) -> String {
    value < 10 ? "0\(value)" : "\(value)"
  }
}
