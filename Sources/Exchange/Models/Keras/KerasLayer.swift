/// A layer of a Keras model as its configuration describes it.
struct KerasLayer: Sendable {
  let name: String
  let className: String
  let config: [String: JSONValue]
  /// Where it is called, in a model that is a graph: once, or several times where its weights are shared.
  let calls: [KerasCall]
  /// The layers in it, where it is itself a model.
  let model: KerasModel?

  /// Its place in error messages.
  var place: String { "layer '\(name)' (\(className))" }

  /// Whether its variables are among the trainable ones: Keras stores those first.
  var isTrainable: Bool { statedTrainable ?? true }

  /// The same as stated in the configuration: up to Keras 2.11 models do not state it.
  var statedTrainable: Bool? { config["trainable"]?.boolean }

  func failure(_ message: String) -> KerasFailure { KerasFailure(message, at: place) }

  func failure(expected: String, found: String) -> KerasFailure {
    KerasFailure(expected: expected, found: found, at: place)
  }
}

/// Values of the configuration. A missing one has Keras' default; others must be valid.
extension KerasLayer {
  /// Sizes beyond this would make no network; the bound keeps sums and products of them inside an `Int`.
  static let sizeLimit = 1 << 24

  private func value(_ key: String) -> JSONValue? {
    guard let value = config[key], value != .null else { return nil }
    return value
  }

  private func failure(_ key: String, expected: String) -> KerasFailure {
    failure(expected: "\(key) to be \(expected)", found: config[key]?.summary ?? "nothing")
  }

  func integer(_ key: String, default defaultValue: Int? = nil, in range: ClosedRange<Int> = 1...sizeLimit) throws
    -> Int
  {
    if value(key) == nil, let defaultValue { return defaultValue }
    guard let number = config[key]?.integer, range.contains(number) else {
      throw failure(key, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  func real(_ key: String, default defaultValue: Double) throws -> Double {
    guard let value = value(key) else { return defaultValue }
    guard let number = value.number, number.isFinite else { throw failure(key, expected: "a number") }
    return number
  }

  func boolean(_ key: String, default defaultValue: Bool) throws -> Bool {
    guard let value = value(key) else { return defaultValue }
    guard let flag = value.boolean else { throw failure(key, expected: "true or false") }
    return flag
  }

  func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, default defaultValue: Choice) throws -> Choice
  where Choice.RawValue == String {
    guard let value = value(key) else { return defaultValue }
    guard let choice = value.string.flatMap(Choice.init(rawValue:)) else {
      throw failure(key, expected: Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: " or "))
    }
    return choice
  }

  /// Whole numbers, given as a list or as one number.
  func integers(_ key: String, default defaultValue: [Int], in range: ClosedRange<Int>) throws -> [Int] {
    guard let value = value(key) else { return defaultValue }
    let numbers = (value.array ?? [value]).map(\.integer)
    guard !numbers.isEmpty, numbers.allSatisfy({ $0.map(range.contains) ?? false }) else {
      throw failure(key, expected: "whole numbers from \(range.lowerBound) to \(range.upperBound)")
    }
    return numbers.compactMap { $0 }
  }

  /// Rows and columns, given as two numbers or as one for both.
  func extent(_ key: String, default defaultValue: [Int]? = nil) throws -> (height: Int, width: Int) {
    if value(key) == nil, let defaultValue { return (defaultValue[0], defaultValue[1]) }
    let numbers = try integers(key, default: [], in: 1...Self.sizeLimit)
    guard let first = numbers.first, numbers.count <= 2 else { throw failure(key, expected: "one or two sizes") }
    return (first, numbers.count == 2 ? numbers[1] : first)
  }

  /// Four sides, given as `[[top, bottom], [left, right]]`, `[rows, columns]` or one number.
  func sides(_ key: String) throws -> [Int] {
    guard let numbers = config[key]?.numbers?.map({ Int(exactly: $0) ?? -1 }),
      numbers.allSatisfy((0...Self.sizeLimit).contains)
    else { throw failure(key, expected: "sizes of the four sides") }
    switch numbers.count {
    case 1: return Array(repeating: numbers[0], count: 4)
    case 2: return [numbers[0], numbers[0], numbers[1], numbers[1]]
    case 4: return numbers
    default: throw failure(key, expected: "sizes of the four sides")
    }
  }

  /// A list of numbers, or one number for all.
  func numbers(_ key: String) throws -> [Double]? {
    guard let value = value(key) else { return nil }
    // Keras 3 writes arrays as objects around their values.
    let content = value.object?["config"]?.object?["value"] ?? value
    guard let numbers = content.numbers, !numbers.isEmpty, numbers.allSatisfy(\.isFinite) else {
      throw failure(key, expected: "finite numbers")
    }
    return numbers
  }
}
