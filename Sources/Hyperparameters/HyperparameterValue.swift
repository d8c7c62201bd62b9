/// The value of a hyper-parameter, as records hold it.
///
/// A whole number equals the same number as `number`: JSON does not distinguish 3 and 3.0 either.
public enum HyperparameterValue: Hashable, Sendable, CustomStringConvertible {
  /// A whole number.
  case integer(Int)
  /// A number; one of single precision in its shortest decimal form, 0.3 and not 0.30000001192092896.
  case number(Double)
  /// Whether something is done.
  case flag(Bool)
  /// A name, or the text of a method.
  case text(String)

  /// As it is typed on the command line.
  public var description: String {
    switch self {
    case .integer(let value): "\(value)"
    case .number(let value): "\(value)"
    case .flag(let value): "\(value)"
    case .text(let value): value
    }
  }
}

extension HyperparameterValue {
  /// What is compared.
  private enum Content: Hashable {
    case number(Double)
    case flag(Bool)
    case text(String)
  }

  private var content: Content {
    switch self {
    case .integer(let value): .number(Double(value))
    case .number(let value): .number(value)
    case .flag(let value): .flag(value)
    case .text(let value): .text(value)
    }
  }

  /// Whether they are the same number, flag or text.
  public static func == (a: HyperparameterValue, b: HyperparameterValue) -> Bool {
    if case (.integer(let a), .integer(let b)) = (a, b) { return a == b }
    return a.content == b.content
  }

  /// Equal values have equal hashes.
  public func hash(into hasher: inout Hasher) { hasher.combine(content) }
}

extension HyperparameterValue: Codable {
  /// Reads one value.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let value = try? container.decode(Bool.self) {
      self = .flag(value)
    } else if let value = try? container.decode(Int.self) {
      self = .integer(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else {
      self = .text(try container.decode(String.self))
    }
  }

  /// Writes the bare value.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .integer(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .flag(let value): try container.encode(value)
    case .text(let value): try container.encode(value)
    }
  }
}

/// A type of hyper-parameters.
public protocol HyperparameterType: Sendable {
  /// Reads a text; nil where it is not a value.
  init?(hyperparameter text: String)

  /// The value for records; nil where there is none.
  var hyperparameterValue: HyperparameterValue? { get }
}

extension HyperparameterType where Self: RawRepresentable, RawValue == String {
  /// Reads the raw value.
  public init?(hyperparameter text: String) { self.init(rawValue: text) }

  /// The raw value.
  public var hyperparameterValue: HyperparameterValue? { .text(rawValue) }
}

extension Int: HyperparameterType {
  /// Reads decimal digits.
  public init?(hyperparameter text: String) { self.init(text) }

  /// The number.
  public var hyperparameterValue: HyperparameterValue? { .integer(self) }
}

extension Double: HyperparameterType {
  /// Reads `0.1`, `1e-2`, or a fraction such as `8/255`.
  public init?(hyperparameter text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Double($0) }
    switch parts.count {
    case 1: self = parts[0] ?? .nan
    case 2: self = (parts[0] ?? .nan) / (parts[1] ?? .nan)
    default: return nil
    }
    guard isFinite else { return nil }
  }

  /// The number.
  public var hyperparameterValue: HyperparameterValue? { .number(self) }
}

extension Float: HyperparameterType {
  /// Reads `0.1`, `1e-2`, or a fraction such as `8/255`.
  public init?(hyperparameter text: String) {
    guard let value = Double(hyperparameter: text), Float(value).isFinite else { return nil }
    self = Float(value)
  }

  /// The number in its shortest decimal form.
  public var hyperparameterValue: HyperparameterValue? { .number(Double(description) ?? Double(self)) }
}

extension Bool: HyperparameterType {
  /// Reads `true`, `yes`, `false` or `no`.
  public init?(hyperparameter text: String) {
    switch text.lowercased() {
    case "true", "yes": self = true
    case "false", "no": self = false
    default: return nil
    }
  }

  /// The flag.
  public var hyperparameterValue: HyperparameterValue? { .flag(self) }
}

extension Optional: HyperparameterType where Wrapped: HyperparameterType {
  /// Reads a value; no text says that there is none.
  public init?(hyperparameter text: String) {
    guard let value = Wrapped(hyperparameter: text) else { return nil }
    self = .some(value)
  }

  /// The value, if there is one.
  public var hyperparameterValue: HyperparameterValue? { flatMap(\.hyperparameterValue) }
}
