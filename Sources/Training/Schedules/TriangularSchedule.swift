public import Hyperparameters

/// Linearly from 0 up to 1 after the share `peak` of the run, and down to 0 at its end, as in fast adversarial training
/// (Wong et al., arXiv 2001.03994).
public struct TriangularSchedule: Schedule {
  /// Name, title and source.
  public static let method = Method(
    name: "triangular", title: "Triangle", summary: "Linearly from 0 up to the rate, and down to 0.",
    citation: "Wong, Rice and Kolter, arXiv 2001.03994")

  /// The share of the run after which the rate is largest.
  public var peak = 0.4

  /// All of them.
  public static let hyperparameters: [Hyperparameter<TriangularSchedule>] = [.peak(\.peak)]

  /// The defaults.
  public init() {}

  /// Creates a schedule.
  public init(peak: Double) {
    self.peak = peak
  }

  /// Up and down.
  public func factor(atEpoch epoch: Double, of epochs: Int) -> Double {
    let progress = progress(atEpoch: epoch, of: epochs)
    return progress <= peak ? progress / peak : (1 - progress) / (1 - peak)
  }
}

extension Hyperparameter {
  /// Where the rate is largest.
  static func peak(_ path: any WritableKeyPath<Owner, Double> & Sendable) -> Hyperparameter {
    .number("peak", path, .from(0.001, to: 0.999), "The share of the run after which the rate is largest.")
  }
}
