public import Hyperparameters

/// Every learning-rate schedule there is.
public enum ScheduleCatalog {
  /// The schedules.
  public static let methods: [any Schedule.Type] = [
    ConstantSchedule.self, StepSchedule.self, CosineSchedule.self, CosineRestarts.self, TriangularSchedule.self,
    OneCycleSchedule.self, WarmUp.self,
  ]

  /// The names.
  public static var names: [String] { methods.map { $0.method.name } }

  /// The schedule that a word such as `step:milestones=30-60` asks for. What `warmup` multiplies may stand behind a plus:
  /// `warmup:epochs=5+cosine`.
  ///
  /// - Throws: `HyperparameterError`.
  public static func schedule(_ text: String) throws(HyperparameterError) -> any Schedule {
    // A plus in parentheses belongs to the schedule there, and other schedules have none but in numbers: 1e+4.
    let head = text.lowercased().hasPrefix(WarmUp.method.name) ? text.prefix { $0 != "+" && $0 != "(" } : text[...]
    guard text[head.endIndex...].first == "+" else { return try schedule(text, following: nil) }
    return try schedule(String(head), following: String(text[head.endIndex...].dropFirst()))
  }

  private static func schedule(
    _ text: String, following: String?
  ) throws(HyperparameterError) -> any Schedule {
    let (type, text) = try MethodText.method(of: text, among: methods, kind: "schedule") { $0 }
    guard let following else { return try type.init(text) }
    guard !text.values.contains(where: { $0.key == "schedule" }) else {
      throw .malformed("+\(following)", in: "\(text)+\(following)")
    }
    return try type.init(
      MethodText(name: text.name, values: text.values.map { ($0.key, $0.value) } + [("schedule", following)]))
  }
}
