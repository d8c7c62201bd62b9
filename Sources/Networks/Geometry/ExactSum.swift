/// A sum of Doubles without rounding: numbers of increasing magnitude that do not overlap and add up to it.
///
/// Shewchuk, *Adaptive precision floating-point arithmetic and fast robust geometric predicates*, 1997 (the algorithm
/// Grow-Expansion).
struct ExactSum {
  private var parts: [Double] = []

  /// The product of two Doubles whose magnitude is below this may have a remainder that no Double equals.
  private static let leastExactProduct = 0x1p-960

  mutating func add(_ term: Double) {
    var term = term
    var remainders: [Double] = []
    for part in parts {
      let (sum, remainder) = Self.sum(term, part)
      if remainder != 0 { remainders.append(remainder) }
      term = sum
    }
    parts = remainders + (term == 0 ? [] : [term])
  }

  /// Adds a product; in place of one that is too small to be held, the next number above it.
  mutating func add(productOf first: Double, _ second: Double) {
    let product = first * second
    if first.magnitude == 1 || second.magnitude == 1 || first == 0 || second == 0 { return add(product) }
    guard product.magnitude >= Self.leastExactProduct else { return add(product.nextUp) }
    add((-product).addingProduct(first, second))
    add(product)
  }

  /// Whether the sum is at most 0; false where it has left the range of a Double.
  var isAtMostZero: Bool { parts.last.map { $0 < 0 && $0.isFinite } ?? true }

  /// The rounded sum, and what rounding took away (Knuth).
  private static func sum(_ first: Double, _ second: Double) -> (Double, Double) {
    let sum = first + second
    let share = sum - first
    return (sum, (first - (sum - share)) + (second - share))
  }
}
