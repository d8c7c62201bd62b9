/// A real number between two Doubles: exactly known where they are equal.
///
/// Sums, products and quotients round outward, by one unit in the last place at most, and not at all where the result is
/// a Double. So what is enclosed stays enclosed.
struct Enclosure: Hashable {
  /// A Double not above the number.
  let lower: Double
  /// A Double not below it.
  let upper: Double
  /// What usual arithmetic gives for the number.
  let nearest: Double

  static let zero = Enclosure(0)
  static let one = Enclosure(1)

  init(_ value: Double) { self.init(lower: value, upper: value, nearest: value) }

  init(lower: Double, upper: Double, nearest: Double) {
    // No zero is negative: it would be printed with a sign.
    self.lower = lower + 0
    self.upper = upper + 0
    self.nearest = nearest + 0
  }

  /// Whether the number is known, and finite.
  var isExact: Bool { lower == upper && isFinite }

  /// Whether the number is within the range of a Double.
  var isFinite: Bool { lower.isFinite && upper.isFinite && nearest.isFinite }

  /// Whether the number is surely 0.
  var isZero: Bool { lower == 0 && upper == 0 }

  /// Whether it is surely positive (true), surely negative (false), or possibly neither (nil).
  var isPositive: Bool? { lower > 0 ? true : (upper < 0 ? false : nil) }

  static prefix func - (number: Enclosure) -> Enclosure {
    Enclosure(lower: -number.upper, upper: -number.lower, nearest: -number.nearest)
  }

  static func + (first: Enclosure, second: Enclosure) -> Enclosure {
    Enclosure(
      lower: rounded(sum: first.lower, second.lower).lower, upper: rounded(sum: first.upper, second.upper).upper,
      nearest: first.nearest + second.nearest)
  }

  static func - (first: Enclosure, second: Enclosure) -> Enclosure { first + (-second) }

  static func * (first: Enclosure, second: Enclosure) -> Enclosure {
    corners(first, second, first.nearest * second.nearest) { rounded(product: $0, $1) }
  }

  /// - Precondition: the divisor is surely positive or surely negative.
  static func / (first: Enclosure, second: Enclosure) -> Enclosure {
    corners(first, second, first.nearest / second.nearest) { rounded(quotient: $0, $1) }
  }

  private typealias Ends = (lower: Double, upper: Double)

  /// Below this magnitude the remainder of a product or quotient may itself be rounded.
  private static let leastExact = 0x1p-960

  private static func corners(
    _ first: Enclosure, _ second: Enclosure, _ nearest: Double, _ operation: (Double, Double) -> Ends
  ) -> Enclosure {
    let results = [first.lower, first.upper].flatMap { a in [second.lower, second.upper].map { operation(a, $0) } }
    // A NaN must not get lost.
    guard results.allSatisfy({ $0.lower <= $0.upper }) else { return Enclosure(.nan) }
    return Enclosure(
      lower: results.reduce(.infinity) { min($0, $1.lower) }, upper: results.reduce(-.infinity) { max($0, $1.upper) },
      nearest: nearest)
  }

  /// What rounding took away from a sum is a Double (Knuth).
  private static func rounded(sum first: Double, _ second: Double) -> Ends {
    let sum = first + second
    let share = sum - first
    return ends(of: sum, remainder: (first - (sum - share)) + (second - share))
  }

  private static func rounded(product first: Double, _ second: Double) -> Ends {
    let product = first * second
    guard product.magnitude >= leastExact || isSimple(first) || isSimple(second) else {
      return (product.nextDown, product.nextUp)
    }
    return ends(of: product, remainder: (-product).addingProduct(first, second))
  }

  private static func rounded(quotient first: Double, _ second: Double) -> Ends {
    let quotient = first / second
    let isLarge = quotient.magnitude >= leastExact && first.magnitude >= leastExact
    guard isLarge || first == 0 || second.magnitude == 1 else {
      return (quotient.nextDown, quotient.nextUp)
    }
    let remainder = first.addingProduct(-quotient, second)
    return ends(of: quotient, remainder: second < 0 ? -remainder : remainder)
  }

  /// Whether products with the number are exact whatever their size.
  private static func isSimple(_ value: Double) -> Bool { value == 0 || value.magnitude == 1 }

  private static func ends(of value: Double, remainder: Double) -> Ends {
    (remainder < 0 ? value.nextDown : value, remainder > 0 ? value.nextUp : value)
  }
}
