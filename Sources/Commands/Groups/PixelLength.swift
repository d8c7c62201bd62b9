internal import Arguments

/// A length in stored pixel units, such as a radius: `0.1`, `8/255`, `1e-2`.
struct PixelLength: ArgumentValue, Hashable {
  static let isNumeric = true
  let value: Float
  /// As it was typed.
  let argumentText: String
  /// Whether it is the whole box, because none was typed.
  let isWhole: Bool

  /// From one end of the box to the other: any distance, where none was typed.
  init(whole diameter: Float) {
    (value, argumentText, isWhole) = (diameter, "any", true)
  }

  init(argument: String) throws {
    let parts = argument.split(separator: "/", omittingEmptySubsequences: false).map { Double($0) }
    let quotient: Double? =
      switch parts.count {
      case 1: parts[0]
      case 2: parts[0].flatMap { dividend in parts[1].map { dividend / $0 } }
      default: nil
      }
    guard let quotient, quotient.isFinite, Float(quotient).isFinite else {
      throw InvalidValue(description: "expected a number such as 0.1, 8/255 or 1e-2")
    }
    guard quotient >= 0 else { throw InvalidValue(description: "expected a number of at least 0") }
    value = Float(quotient)
    (argumentText, isWhole) = (argument, false)
  }
}
