/// A linear inequality of a property, solved for its bound.
enum PropertyConstraint {
  case input(InputBound)
  case output(OutputConstraint)

  /// The end of the range of one input. The real end lies between `outer` and `inner`.
  struct InputBound {
    let index: Int
    let isUpper: Bool
    let outer: Double
    let inner: Double
    let line: Int
  }

  /// A half-space of which only the coefficients that are not 0 are written down.
  struct OutputConstraint {
    let terms: [(index: Int, coefficient: Double)]
    let bound: Double
    let innerBound: Double
    let line: Int
    /// Whether a coefficient is no Double, and was rounded to the nearest.
    let isRounded: Bool
  }

  /// What an inequality can be besides a constraint.
  enum Reading {
    case constraint(PropertyConstraint)
    /// One without variables.
    case constant(Bool)
    /// One that is not supported: what was found.
    case refused(String)
  }

  /// What this reads; for messages.
  static let supported =
    "a bound of one input, a linear constraint on outputs, or a comparison of numbers that a Double can hold"

  /// Reads the inequality `form ≤ 0`, or `form < 0`.
  static func reading(_ form: LinearForm, isStrict: Bool, line: Int) -> Reading {
    guard form.isFinite else { return .refused("a number beyond the range of a Double") }
    var inputs: [(index: Int, coefficient: Enclosure)] = []
    var outputs: [(index: Int, coefficient: Enclosure)] = []
    for (variable, coefficient) in form.coefficients {
      guard coefficient.isPositive != nil else {
        return .refused("the factor of \(variable), which rounding may have kept from being 0")
      }
      switch variable {
      case .input(let index): inputs.append((index, coefficient))
      case .output(let index): outputs.append((index, coefficient))
      }
    }
    inputs.sort { $0.index < $1.index }
    outputs.sort { $0.index < $1.index }
    switch (inputs.count, outputs.count) {
    case (0, 0): return constant(form.constant, isStrict: isStrict)
    case (1, 0): return inputBound(inputs[0], bound: -form.constant, isStrict: isStrict, line: line)
    case (_, 0): return .refused("X_\(inputs[0].index) and X_\(inputs[1].index) in one inequality")
    case (0, _): return outputConstraint(outputs, bound: -form.constant, isStrict: isStrict, line: line)
    case (_, _): return .refused("X_\(inputs[0].index) and Y_\(outputs[0].index) in one inequality")
    }
  }

  private static func constant(_ value: Enclosure, isStrict: Bool) -> Reading {
    if value.upper < 0 || (!isStrict && value.upper == 0) { return .constant(true) }
    if value.lower > 0 || (isStrict && value.lower == 0) { return .constant(false) }
    return .refused("numbers that differ by less than rounding")
  }

  private static func inputBound(
    _ input: (index: Int, coefficient: Enclosure), bound: Enclosure, isStrict: Bool, line: Int
  ) -> Reading {
    let isUpper = input.coefficient.lower > 0
    let end = bound / input.coefficient
    guard end.isFinite else { return .refused("a bound of X_\(input.index) beyond the range of a Double") }
    let inner = isUpper ? end.lower : end.upper
    return .constraint(
      .input(
        InputBound(
          index: input.index, isUpper: isUpper, outer: isUpper ? end.upper : end.lower,
          inner: !isStrict ? inner : (isUpper ? inner.nextDown : inner.nextUp), line: line)))
  }

  /// One output is divided by its factor where that is no Double: the half-space is then enclosed. Among several, factors
  /// that are no Doubles are rounded; no half-space of Doubles contains the real one.
  private static func outputConstraint(
    _ outputs: [(index: Int, coefficient: Enclosure)], bound: Enclosure, isStrict: Bool, line: Int
  ) -> Reading {
    let isExact = outputs.allSatisfy(\.coefficient.isExact)
    var terms = outputs.map { (index: $0.index, coefficient: $0.coefficient.nearest) }
    var bound = bound
    if !isExact, outputs.count == 1 {
      let coefficient = outputs[0].coefficient
      let quotient = bound / coefficient
      (terms[0].coefficient, bound) = coefficient.lower > 0 ? (1, quotient) : (-1, -quotient)
    }
    guard bound.isFinite else { return .refused("a bound of outputs beyond the range of a Double") }
    return .constraint(
      .output(
        OutputConstraint(
          terms: terms, bound: bound.upper, innerBound: isStrict ? bound.lower.nextDown : bound.lower, line: line,
          isRounded: !isExact && outputs.count > 1)))
  }
}

extension PropertyConstraint {
  /// The line of its comparison.
  var line: Int {
    switch self {
    case .input(let bound): bound.line
    case .output(let constraint): constraint.line
    }
  }
}
