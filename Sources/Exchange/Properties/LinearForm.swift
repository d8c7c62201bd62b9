/// A variable of a property: `X_0`, `Y_3`.
enum PropertyVariable: Hashable, CustomStringConvertible {
  case input(Int)
  case output(Int)

  /// As it is written.
  var description: String {
    switch self {
    case .input(let index): "X_\(index)"
    case .output(let index): "Y_\(index)"
    }
  }
}

/// A sum of multiples of variables and a constant.
struct LinearForm {
  /// The factors, none of which is surely 0.
  private(set) var coefficients: [PropertyVariable: Enclosure] = [:]
  private(set) var constant = Enclosure.zero

  init(_ number: Enclosure) { constant = number }

  init(_ variable: PropertyVariable) { coefficients[variable] = .one }

  /// Whether there is no variable in it.
  var isConstant: Bool { coefficients.isEmpty }

  /// Whether all numbers are within the range of a Double.
  var isFinite: Bool { constant.isFinite && coefficients.values.allSatisfy(\.isFinite) }

  static func += (first: inout LinearForm, second: LinearForm) {
    first.constant = first.constant + second.constant
    for (variable, coefficient) in second.coefficients {
      let sum = (first.coefficients[variable] ?? .zero) + coefficient
      first.coefficients[variable] = sum.isZero ? nil : sum
    }
  }

  static prefix func - (form: LinearForm) -> LinearForm {
    var result = form
    result.map { -$0 }
    return result
  }

  mutating func multiply(by factor: Enclosure) { map { $0 * factor } }

  /// - Precondition: the divisor is surely positive or surely negative.
  mutating func divide(by divisor: Enclosure) { map { $0 / divisor } }

  private mutating func map(_ change: (Enclosure) -> Enclosure) {
    constant = change(constant)
    coefficients = coefficients.mapValues(change).filter { !$0.value.isZero }
  }
}
