import Glibc
public import Hyperparameters

/// The rate falls at certain epochs.
public struct StepSchedule: Schedule {
  /// Name and title.
  public static let method = Method(
    name: "step", title: "Steps", summary: "The rate is multiplied by a factor after each of some epochs.")

  /// Numbers of epochs.
  public struct Milestones: Hashable, HyperparameterType {
    /// In any order.
    public var epochs: [Int]

    /// Takes numbers of epochs.
    public init(_ epochs: [Int]) {
      self.epochs = epochs
    }

    /// Reads whole numbers joined by hyphens; at least one.
    public init?(hyperparameter text: String) {
      let texts = text.split(separator: "-", omittingEmptySubsequences: false)
      epochs = texts.compactMap { Int($0) }
      guard epochs.count == texts.count else { return nil }
    }

    /// The numbers joined by hyphens, if there are any.
    public var hyperparameterValue: HyperparameterValue? {
      epochs.isEmpty ? nil : .text(epochs.map(String.init).joined(separator: "-"))
    }
  }

  /// The numbers of epochs after which the rate falls.
  public var milestones = Milestones([])
  /// What it is multiplied by.
  public var factor = 0.1

  /// All of them.
  public static let hyperparameters: [Hyperparameter<StepSchedule>] = [
    .text(
      "milestones", \.milestones, expected: "numbers of epochs joined by hyphens, such as 30-60",
      "The numbers of epochs after which the rate falls, joined by hyphens."),
    .number("factor", \.factor, .from(0, to: 1), "What it is multiplied by."),
  ]

  /// No milestones.
  public init() {}

  /// Creates a schedule.
  public init(milestones: [Int], factor: Double = StepSchedule().factor) {
    self.milestones = Milestones(milestones)
    self.factor = factor
  }

  /// A power of the factor.
  public func factor(atEpoch epoch: Double, of epochs: Int) -> Double {
    pow(factor, Double(milestones.epochs.count { Double($0) <= epoch }))
  }

  /// Milestones are given in epochs.
  public func stretched(by factor: Double) -> StepSchedule {
    StepSchedule(
      milestones: milestones.epochs.map { Int((Double($0) * factor).rounded()) }, factor: self.factor)
  }
}
