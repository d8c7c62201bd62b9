import Glibc
public import Hyperparameters

/// Half a cosine from 1 down to `minimum` at the end of the run; Loshchilov and Hutter, arXiv 1608.03983.
public struct CosineSchedule: Schedule {
  /// Name, title and source.
  public static let method = Method(
    name: "cosine", title: "Cosine annealing", summary: "From the rate down to the minimum, along half a cosine.",
    citation: "Loshchilov and Hutter, arXiv 1608.03983")

  /// The factor at the end.
  public var minimum = 0.0

  /// All of them.
  public static let hyperparameters: [Hyperparameter<CosineSchedule>] = [.minimum(\.minimum)]

  /// Down to 0.
  public init() {}

  /// Creates a schedule.
  public init(minimum: Double) {
    self.minimum = minimum
  }

  /// From 1 to the minimum.
  public func factor(atEpoch epoch: Double, of epochs: Int) -> Double {
    anneal(from: 1, to: minimum, at: progress(atEpoch: epoch, of: epochs))
  }
}

/// Half a cosine.
func anneal(from start: Double, to end: Double, at share: Double) -> Double {
  end + (start - end) * (1 + cos(.pi * share)) / 2
}

extension Hyperparameter {
  /// Where a cosine ends.
  static func minimum(_ path: any WritableKeyPath<Owner, Double> & Sendable) -> Hyperparameter {
    .number("minimum", path, .from(0, to: 1), "The share of the rate that is left at the end.")
  }
}
