/// The declaration of a hyper-parameter: its name, its possible values, what it does, and where it is stored.
public struct Hyperparameter<Owner: Sendable>: Sendable {
  /// The name on the command line, in kebab case: `step-size`.
  public let name: String
  /// The values that it may have.
  public let domain: HyperparameterDomain
  private let unit: String?
  private let standard: String?
  private let help: String
  private let read: @Sendable (Owner) -> HyperparameterValue?
  private let write: @Sendable (inout Owner, String) -> Bool
  private let canRead: @Sendable (String) -> Bool

  private init<Value: HyperparameterType>(
    _ name: String, _ path: any WritableKeyPath<Owner, Value> & Sendable, _ domain: HyperparameterDomain, unit: String?,
    standard: String?, _ help: String
  ) {
    self.name = name
    self.domain = domain
    self.unit = unit
    self.standard = standard
    self.help = help
    read = { $0[keyPath: path].hyperparameterValue }
    canRead = { Value(hyperparameter: $0) != nil }
    write = { owner, text in
      guard let value = Value(hyperparameter: text), let record = value.hyperparameterValue, domain.contains(record)
      else { return false }
      owner[keyPath: path] = value
      return true
    }
  }

  private init<Part>(_ part: Hyperparameter<Part>, _ path: any WritableKeyPath<Owner, Part> & Sendable) {
    (name, domain, unit, standard, help) = (part.name, part.domain, part.unit, part.standard, part.help)
    canRead = part.canRead
    read = { part.read($0[keyPath: path]) }
    write = { part.write(&$0[keyPath: path], $1) }
  }

  /// The same hyper-parameter, as one of a value of which its owner is a part.
  public func lifted<Whole>(to path: any WritableKeyPath<Whole, Owner> & Sendable) -> Hyperparameter<Whole> {
    Hyperparameter<Whole>(self, path)
  }

  /// The name in records, in snake case: `step_size`.
  var recordName: String { name.replacing("-", with: "_") }

  /// The value of an owner, for records; nil where it has none yet.
  func value(_ owner: Owner) -> HyperparameterValue? { read(owner) }

  /// Sets it to the value of a text; false where that is not a value, or out of range.
  func set(_ owner: inout Owner, _ text: String) -> Bool { write(&owner, text) }

  /// Its description, with the default.
  func description(in defaults: Owner) -> HyperparameterDescription {
    HyperparameterDescription(
      name: name, domain: domain, unit: unit, standard: read(defaults)?.description ?? standard, help: help,
      canRead: canRead)
  }

  /// Whether an owner has no value, and there is no default that follows from other values.
  func isMissing(in owner: Owner) -> Bool { read(owner) == nil && standard == nil }
}

extension Array {
  /// The hyper-parameters of a part as those of the whole.
  public func lifted<Part, Whole>(
    to path: any WritableKeyPath<Whole, Part> & Sendable
  ) -> [Hyperparameter<Whole>] where Element == Hyperparameter<Part> {
    map { $0.lifted(to: path) }
  }
}

extension Hyperparameter {
  /// A whole number.
  public static func integer(
    _ name: String, _ path: any WritableKeyPath<Owner, Int> & Sendable, in range: ClosedRange<Int>, unit: String? = nil,
    _ help: String
  ) -> Hyperparameter {
    Hyperparameter(name, path, .integer(range), unit: unit, standard: nil, help)
  }

  /// A whole number that depends on something else where it is not given; `standard` says how.
  public static func integer(
    _ name: String, _ path: any WritableKeyPath<Owner, Int?> & Sendable, in range: ClosedRange<Int>,
    unit: String? = nil, standard: String, _ help: String
  ) -> Hyperparameter {
    Hyperparameter(name, path, .integer(range), unit: unit, standard: standard, help)
  }

  /// A number.
  public static func number<Value: HyperparameterType & BinaryFloatingPoint>(
    _ name: String, _ path: any WritableKeyPath<Owner, Value> & Sendable, _ range: NumberRange, unit: String? = nil,
    _ help: String
  ) -> Hyperparameter {
    Hyperparameter(name, path, .number(range), unit: unit, standard: nil, help)
  }

  /// A number that depends on something else where it is not given; `standard` says how.
  public static func number<Value: HyperparameterType & BinaryFloatingPoint>(
    _ name: String, _ path: any WritableKeyPath<Owner, Value?> & Sendable, _ range: NumberRange, unit: String? = nil,
    standard: String, _ help: String
  ) -> Hyperparameter {
    Hyperparameter(name, path, .number(range), unit: unit, standard: standard, help)
  }

  /// Yes or no.
  public static func flag(
    _ name: String, _ path: any WritableKeyPath<Owner, Bool> & Sendable, _ help: String
  ) -> Hyperparameter {
    Hyperparameter(name, path, .flag, unit: nil, standard: nil, help)
  }

  /// One of several names.
  public static func choice<Value: HyperparameterType>(
    _ name: String, _ path: any WritableKeyPath<Owner, Value> & Sendable, of names: [String], _ help: String
  ) -> Hyperparameter {
    Hyperparameter(name, path, .choice(names), unit: nil, standard: nil, help)
  }

  /// Any text that its type can read; `expected` describes it, for messages.
  public static func text<Value: HyperparameterType>(
    _ name: String, _ path: any WritableKeyPath<Owner, Value> & Sendable, expected: String, examples: [String] = [],
    _ help: String
  ) -> Hyperparameter {
    Hyperparameter(name, path, .text(expected: expected, examples: examples), unit: nil, standard: nil, help)
  }

  /// What its type can read, which depends on something else where it is not given; `standard` says how.
  public static func text<Value: HyperparameterType>(
    _ name: String, _ path: any WritableKeyPath<Owner, Value?> & Sendable, expected: String, examples: [String] = [],
    standard: String, _ help: String
  ) -> Hyperparameter {
    Hyperparameter(
      name, path, .text(expected: expected, examples: examples), unit: nil, standard: standard, help)
  }
}

/// The description of a hyper-parameter, independent of the type of its method.
public struct HyperparameterDescription: Sendable {
  /// The name on the command line, in kebab case.
  public let name: String
  /// The values that it may have.
  public let domain: HyperparameterDomain
  /// Its unit, such as `pixels`; nil for plain numbers.
  public let unit: String?
  /// The default, or how it follows from other values; nil where it must be given.
  public var standard: String?
  /// One line on what it does.
  public let help: String
  /// Whether its type can read a text; the value may still be out of range.
  public let canRead: @Sendable (String) -> Bool
}
