public import Hyperparameters

/// One setting of a run, under its name in records. Headings show settings, files hold them, and a run that is resumed
/// must have the same ones.
public struct TrainingSetting: Hashable, Sendable, Codable {
  /// In snake case: `step_size`.
  public let name: String
  /// What it is set to.
  public let value: HyperparameterValue

  /// Creates a setting.
  public init(_ name: String, _ value: HyperparameterValue) {
    self.name = name
    self.value = value
  }

  /// The same of a number of single precision, in its shortest decimal form: 0.3 and not 0.30000001192092896.
  public init(_ name: String, _ value: Float) {
    self.init(name, .number(Double(value.description) ?? Double(value)))
  }
}

extension Configurable {
  /// The value of every hyper-parameter that has one.
  public var recordedSettings: [TrainingSetting] { record.map { TrainingSetting($0.name, $0.value) } }
}
