public import Hyperparameters

/// Another schedule times a factor that rises linearly from `start` to 1 over the first epochs.
public struct WarmUp: Schedule {
  /// Name and title.
  public static let method = Method(
    name: "warmup", title: "Warm-up", summary: "Another schedule, with a rate that rises over the first epochs.")

  /// A schedule as a value.
  public struct Following: Hashable, HyperparameterType {
    /// The schedule.
    public let schedule: any Schedule

    /// Takes a schedule.
    public init(_ schedule: any Schedule) {
      self.schedule = schedule
    }

    /// Reads a schedule in one word.
    public init?(hyperparameter text: String) {
      guard let schedule = try? ScheduleCatalog.schedule(text) else { return nil }
      self.schedule = schedule
    }

    /// The schedule in one word.
    public var hyperparameterValue: HyperparameterValue? { .text(schedule.description) }

    /// Whether two are the same schedule with the same values.
    public static func == (a: Following, b: Following) -> Bool { AnyHashable(a.schedule) == AnyHashable(b.schedule) }

    /// That of the schedule.
    public func hash(into hasher: inout Hasher) { hasher.combine(AnyHashable(schedule)) }
  }

  /// The number of epochs in which the factor rises.
  public var epochs = 5.0
  /// The factor at the start.
  public var start = 0.0
  /// The schedule that it multiplies.
  public var schedule: Following?

  /// All of them.
  public static let hyperparameters: [Hyperparameter<WarmUp>] = [
    .number("epochs", \.epochs, .from(0, to: 1_000_000), unit: "epochs", "The epochs in which the rate rises."),
    .number("start", \.start, .from(0, to: 1), "The share of the rate at the start."),
    .text(
      "schedule", \.schedule, expected: "a schedule",
      "The schedule; it may stand behind a plus: warmup:epochs=5+cosine."
    ),
  ]

  /// Without a schedule: a constant rate.
  public init() {}

  /// Creates a schedule.
  public init(epochs: Double = WarmUp().epochs, start: Double = WarmUp().start, _ schedule: any Schedule) {
    (self.epochs, self.start, self.schedule) = (epochs, start, Following(schedule))
  }

  /// The product.
  public func factor(atEpoch epoch: Double, of epochs: Int) -> Double {
    let rise = self.epochs > 0 ? start + (1 - start) * min(max(epoch / self.epochs, 0), 1) : 1
    return rise * (schedule?.schedule.factor(atEpoch: epoch, of: epochs) ?? 1)
  }

  /// The length of the rise is given in epochs, and lengths of the schedule may be.
  public func stretched(by factor: Double) -> WarmUp {
    var result = self
    result.epochs *= factor
    result.schedule = schedule.map { Following($0.schedule.stretched(by: factor)) }
    return result
  }

  /// The schedule behind a plus.
  public var description: String {
    let own = MethodText(
      name: Self.method.name, values: fullText.values.filter { $0.key != "schedule" }.map { ($0.key, $0.value) })
    return "\(own)" + (schedule.map { "+\($0.schedule.description)" } ?? "")
  }
}
