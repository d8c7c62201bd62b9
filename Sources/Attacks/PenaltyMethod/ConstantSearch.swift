/// The search for the constant that weighs success against distance, for one example.
///
/// Tenfold until an adversarial point is found, then by bisection between the largest constant that failed and the
/// smallest that did not; Carlini and Wagner, arXiv 1608.04644. With ten rounds or more the last one repeats the smallest
/// that did not fail.
struct ConstantSearch {
  /// The constant of the round.
  private(set) var constant: Float
  private var lower: Float = 0
  private var upper = Float.infinity
  private var round = 0
  private let rounds: Int

  /// The first round.
  init(initial: Float, rounds: Int) {
    constant = initial
    self.rounds = rounds
  }

  /// Ends a round.
  ///
  /// - Parameter found: Whether it found an adversarial point.
  /// - Returns: Whether there is another one.
  mutating func advance(found: Bool) -> Bool {
    if found { upper = constant } else { lower = constant }
    round += 1
    constant = upper == .infinity ? constant * 10 : (lower + upper) / 2
    if round == rounds - 1, rounds >= 10 { constant = min(upper, 1e10) }
    return round < rounds
  }
}
