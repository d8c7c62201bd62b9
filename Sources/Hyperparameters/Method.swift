/// A method's names, summary and source.
public struct Method: Hashable, Sendable {
  /// The name on the command line and in results: `pgd`.
  public let name: String
  /// The name in print: `Projected gradient descent`.
  public let title: String
  /// One line on what it does.
  public let summary: String
  /// Authors and where it was published; nil for what has no paper.
  public let citation: String?

  /// Creates a method.
  public init(name: String, title: String, summary: String, citation: String? = nil) {
    self.name = name
    self.title = title
    self.summary = summary
    self.citation = citation
  }
}

/// A method and a value for each of its hyper-parameters: an attack, a defence, a preprocessor, a schedule.
///
/// A hyper-parameter's name, range, default and help stand in one place, `hyperparameters`, beside its stored property;
/// parsing, options of the command line, help, checks, records and tables follow from that.
public protocol Configurable: Sendable {
  /// Name, title and source.
  static var method: Method { get }

  /// All of its hyper-parameters, in the order in which they are shown.
  static var hyperparameters: [Hyperparameter<Self>] { get }

  /// The defaults.
  init()
}

extension Configurable {
  /// No hyper-parameters.
  public static var hyperparameters: [Hyperparameter<Self>] { [] }

  /// The description of each hyper-parameter, in the order in which they are shown.
  public static var descriptions: [HyperparameterDescription] {
    let defaults = Self()
    return hyperparameters.map { $0.description(in: defaults) }
  }

  /// The same with its own values in place of the defaults.
  public var ownDescriptions: [HyperparameterDescription] {
    Self.hyperparameters.map { $0.description(in: self) }
  }

  /// The method with the values that a text such as `pgd:steps=20` gives, and defaults for the others.
  ///
  /// - Throws: `HyperparameterError` for a name that it does not have, a value out of its range, or none where one must
  ///   be given.
  public init(_ text: MethodText) throws(HyperparameterError) {
    self.init()
    for (name, value) in text.values { try set(name, to: value) }
    guard let missing = Self.hyperparameters.first(where: { $0.isMissing(in: self) }) else { return }
    throw .value(
      missing.name, method: Self.method.name, expected: missing.domain.expectation, found: "nothing")
  }

  /// Sets a hyper-parameter to what a text says.
  ///
  /// - Throws: `HyperparameterError` for a name that it does not have, or a value out of its range.
  public mutating func set(_ name: String, to text: String) throws(HyperparameterError) {
    let wanted = name.lowercased().replacing("_", with: "-")
    guard let hyperparameter = Self.hyperparameters.first(where: { $0.name == wanted }) else {
      throw .unknown(name, method: Self.method.name, known: Self.hyperparameters.map(\.name))
    }
    guard hyperparameter.set(&self, text) else {
      throw .value(
        hyperparameter.name, method: Self.method.name, expected: hyperparameter.domain.expectation, found: text)
    }
  }

  /// Checks that every value lies in its range.
  public func check() throws(HyperparameterError) {
    for hyperparameter in Self.hyperparameters {
      guard let value = hyperparameter.value(self), !hyperparameter.domain.contains(value) else { continue }
      throw .value(
        hyperparameter.name, method: Self.method.name, expected: hyperparameter.domain.expectation, found: "\(value)")
    }
  }

  /// The value of every hyper-parameter that has one, for records; names are in snake case.
  public var record: [(name: String, value: HyperparameterValue)] {
    Self.hyperparameters.compactMap { hyperparameter in
      hyperparameter.value(self).map { (hyperparameter.recordName, $0) }
    }
  }

  /// The method as text, with every hyper-parameter that has a value: `jpeg:quality=75`. Reading it gives the method
  /// back.
  public var fullText: MethodText {
    let values = Self.hyperparameters.compactMap { hyperparameter in
      hyperparameter.value(self).map { (hyperparameter.name, "\($0)") }
    }
    return MethodText(name: Self.method.name, values: values)
  }

  /// The method as text, with those values that are not the defaults: `pgd:steps=20`. Reading it gives the method back.
  public var text: MethodText {
    let defaults = Self()
    let values = Self.hyperparameters.compactMap { hyperparameter in
      let value = hyperparameter.value(self)
      return value == hyperparameter.value(defaults) ? nil : value.map { (hyperparameter.name, "\($0)") }
    }
    return MethodText(name: Self.method.name, values: values)
  }
}

/// A key of a record.
private struct RecordKey: CodingKey {
  let stringValue: String
  let intValue: Int? = nil

  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

extension Configurable where Self: Codable {
  /// Reads a record. Values that it lacks have their defaults.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: RecordKey.self)
    self.init()
    for hyperparameter in Self.hyperparameters {
      let key = RecordKey(stringValue: hyperparameter.recordName)
      guard let value = try container.decodeIfPresent(HyperparameterValue.self, forKey: key) else { continue }
      try set(hyperparameter.name, to: "\(value)")
    }
  }

  /// Writes a record: every hyper-parameter that has a value, by its name in snake case.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: RecordKey.self)
    for (name, value) in record { try container.encode(value, forKey: RecordKey(stringValue: name)) }
  }
}
