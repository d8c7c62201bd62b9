public import Hyperparameters

/// The same rate all along.
public struct ConstantSchedule: Schedule {
  /// Name and title.
  public static let method = Method(name: "constant", title: "Constant rate", summary: "The same rate all along.")

  /// Creates a schedule.
  public init() {}

  /// 1.
  public func factor(atEpoch epoch: Double, of epochs: Int) -> Double { 1 }
}
