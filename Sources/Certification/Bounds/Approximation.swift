/// A number as computed, and a bound on its distance from the exact one.
struct Approximation {
  /// What was computed.
  var value: Double
  /// The exact number is no farther away than this.
  var error: Double

  /// Relative slack for a few calls of the C library and the arithmetic around them.
  ///
  /// **The assumption on which bounds of smooth functions rest**: `exp`, `expm1`, `log`, `log1p`, `tanh` and `erfc` are off by
  /// no more than 8 units in the last place (the table in glibc's manual lists less for x86-64). The longest chain here is
  /// a product of two logistic functions, each of which has the error of `exp` in its numerator and at most half of it in
  /// its denominator, and ten rounded operations: 2 · (8 + 4) + 10 / 2 = 29 units. 64 leave room also for the rounding
  /// of `value ± error` itself.
  static let slack = 0x1p-46

  /// Absolute slack for what underflows: several least positive numbers times an argument below 1000.
  static let underflow = 1e-300

  /// A number that is exact.
  init(exact value: Double) {
    self.value = value
    error = 0
  }

  /// A number that was rounded.
  ///
  /// - Parameters:
  ///   - value: What was computed.
  ///   - magnitude: The sum of the magnitudes of the terms that it is a sum of; its own if nil.
  ///   - condition: By how much a relative error of the argument of an inner function grows.
  init(_ value: Double, magnitude: Double? = nil, condition: Double = 1) {
    self.value = value
    error = value.isFinite ? Self.slack * condition * (magnitude ?? abs(value)) + Self.underflow : 0
  }

  /// An upper bound.
  var upper: Double { error == 0 ? value : value + error }

  /// A lower bound.
  var lower: Double { error == 0 ? value : value - error }

  static prefix func - (number: Approximation) -> Approximation {
    var negated = number
    negated.value = -number.value
    return negated
  }
}
