public import Hyperparameters

/// Half a cosine from 1 / `start` up to 1 after the share `peak` of the run, and another down to 1 / (`start` · `end`);
/// Smith and Topin, arXiv 1708.07120. PyTorch reaches both one update earlier.
public struct OneCycleSchedule: Schedule {
  /// Name, title and source.
  public static let method = Method(
    name: "one-cycle", title: "One cycle", summary: "Half a cosine up to the rate, and another far down.",
    citation: "Smith and Topin, arXiv 1708.07120")

  /// The share of the run after which the rate is largest.
  public var peak = 0.3
  /// What the rate is divided by at the start.
  public var start = 25.0
  /// What that is divided by at the end.
  public var end = 1e4

  /// All of them.
  public static let hyperparameters: [Hyperparameter<OneCycleSchedule>] = [
    .peak(\.peak),
    .number("start", \.start, .from(1, to: 1_000_000_000), "What the rate is divided by at the start."),
    .number("end", \.end, .from(1, to: 1_000_000_000), "What the rate at the start is divided by at the end."),
  ]

  /// The defaults.
  public init() {}

  /// Creates a schedule.
  public init(
    peak: Double = OneCycleSchedule().peak, start: Double = OneCycleSchedule().start,
    end: Double = OneCycleSchedule().end
  ) {
    (self.peak, self.start, self.end) = (peak, start, end)
  }

  /// Up and down.
  public func factor(atEpoch epoch: Double, of epochs: Int) -> Double {
    let progress = progress(atEpoch: epoch, of: epochs)
    return progress <= peak
      ? anneal(from: 1 / start, to: 1, at: progress / peak)
      : anneal(from: 1, to: 1 / (start * end), at: (progress - peak) / (1 - peak))
  }
}
