/// One setting of a run under the name it has in records: what headings echo, files keep and a resumed run compares.
public struct TrainingSetting: Hashable, Sendable, Codable {
  /// What it is set to.
  public enum Value: Hashable, Sendable {
    /// A number; single precision as its shortest decimal form.
    case number(Double)
    /// A name or a description.
    case text(String)
    /// Whether something is done.
    case flag(Bool)
  }

  /// In snake case: `step_size`.
  public let name: String
  /// What it is set to.
  public let value: Value

  /// Creates a setting.
  public init(_ name: String, _ value: Value) {
    self.name = name
    self.value = value
  }
}

extension TrainingSetting.Value {
  /// A number of single precision: 0.3 and not 0.30000001192092896.
  public init(_ number: Float) {
    self = .number(Double(number.description) ?? Double(number))
  }

  /// A whole number.
  public init(_ number: Int) {
    self = .number(Double(number))
  }
}

extension TrainingSetting.Value: Codable {
  /// Reads a JSON number, string or truth value.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let flag = try? container.decode(Bool.self) {
      self = .flag(flag)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else {
      self = .text(try container.decode(String.self))
    }
  }

  /// Writes the same.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .number(let number): try container.encode(number)
    case .text(let text): try container.encode(text)
    case .flag(let flag): try container.encode(flag)
    }
  }
}
