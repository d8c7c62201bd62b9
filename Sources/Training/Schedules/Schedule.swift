public import Hyperparameters

/// How the learning rate changes over a run, as a factor of the learning rate. It is evaluated at every update.
public protocol Schedule: Configurable, Hashable, CustomStringConvertible {
  /// The factor after `epoch` epochs (with fractions) out of `epochs`.
  func factor(atEpoch epoch: Double, of epochs: Int) -> Double

  /// The same schedule for a run that is longer by a factor: what is given in epochs keeps its share of the run.
  func stretched(by factor: Double) -> Self
}

extension Schedule {
  /// Itself: nothing is given in epochs.
  public func stretched(by factor: Double) -> Self { self }

  /// The schedule in one word with all its values, as records hold it.
  public var description: String { "\(fullText)" }
}

/// The share of a run that is over after some of its epochs.
func progress(atEpoch epoch: Double, of epochs: Int) -> Double { min(max(epoch / Double(max(epochs, 1)), 0), 1) }
