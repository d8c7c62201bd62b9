/// Whether the descent of one example still gets on: its loss must have fallen by 1e-4 of itself with every tenth of the
/// steps.
///
/// Foolbox asks this of the loss of the whole batch, so that an example's result depends on its batch.
struct ProgressCheck {
  /// The least fall from check to check.
  private static let factor: Float = 0.9999

  private let interval: Int
  private let first: Int
  private var last = Float.infinity

  /// A check every tenth of the steps, none before the step `first`.
  init(steps: Int, first: Int = 0) {
    interval = max(1, (steps + 9) / 10)
    self.first = first
  }

  /// Whether the loss at a step is no better than at the last check.
  mutating func hasStalled(step: Int, loss: Float) -> Bool {
    guard step.isMultiple(of: interval), step >= first else { return false }
    defer { last = loss }
    return !(loss <= Self.factor * last)
  }

  /// Begins anew.
  mutating func restart() { last = .infinity }
}
