public import Hyperparameters

/// Cosine annealing over `period` epochs, restarted over `growth` times as many, and so on; Loshchilov and Hutter, arXiv
/// 1608.03983.
public struct CosineRestarts: Schedule {
  /// Name, title and source.
  public static let method = Method(
    name: "restarts", title: "Cosine annealing with restarts",
    summary: "Cosine annealing that starts again after each cycle; cycles may grow.",
    citation: "Loshchilov and Hutter, arXiv 1608.03983")

  /// The epochs of the first cosine.
  public var period = 10.0
  /// The length of a cycle over that of the one before.
  public var growth = 2.0
  /// The factor at the end of each.
  public var minimum = 0.0

  /// All of them.
  public static let hyperparameters: [Hyperparameter<CosineRestarts>] = [
    .number("period", \.period, .from(0.001, to: 1_000_000), unit: "epochs", "The epochs of the first cosine."),
    .number("growth", \.growth, .from(1, to: 1_000_000), "How many times longer the next one is."),
    .minimum(\.minimum),
  ]

  /// The defaults.
  public init() {}

  /// Creates a schedule.
  public init(
    period: Double = CosineRestarts().period, growth: Double = CosineRestarts().growth,
    minimum: Double = CosineRestarts().minimum
  ) {
    (self.period, self.growth, self.minimum) = (period, growth, minimum)
  }

  /// From 1 to the minimum in each cycle.
  public func factor(atEpoch epoch: Double, of epochs: Int) -> Double {
    anneal(from: 1, to: minimum, at: cycleShare(of: epoch))
  }

  /// The share of its cycle that is over at an epoch.
  private func cycleShare(of epoch: Double) -> Double {
    var (start, length) = (0.0, period)
    while epoch >= start + length {
      // Cycles that do not grow need no counting.
      if growth == 1 { return (epoch / period).truncatingRemainder(dividingBy: 1) }
      start += length
      length *= growth
    }
    return max(epoch - start, 0) / length
  }
}
