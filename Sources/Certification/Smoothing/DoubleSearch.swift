/// The last double at which a condition holds that holds at `low`, fails at `high`, and changes in between: bisection
/// of bit patterns, at most 63 questions.
///
/// Where rounding makes the condition change more than once, the answer is one of the changes: it holds there, and fails
/// at the next double.
///
/// - Precondition: 0 ≤ low < high, because doubles that are not negative are ordered as their bit patterns are.
func lastDouble(from low: Double, below high: Double, where holds: (Double) -> Bool) -> Double {
  precondition(low.sign == .plus && low < high, "no doubles from \(low) to below \(high)")
  var (first, last) = (low.bitPattern, high.bitPattern)
  while last - first > 1 {
    let middle = first + (last - first) / 2
    if holds(Double(bitPattern: middle)) { first = middle } else { last = middle }
  }
  return Double(bitPattern: first)
}

/// u = 2⁻⁵³: what rounding a number to the nearest double changes of it at most, relatively.
let roundingUnit = 0x1p-53
