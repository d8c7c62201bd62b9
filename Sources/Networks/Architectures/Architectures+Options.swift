/// The options of one architecture: given values over defaults, read as what they stand for.
struct ArchitectureOptions {
  private let architecture: Architecture
  private let given: [String: String]

  init(_ architecture: Architecture, given: [String: String]) throws(ArchitectureError) {
    let known = architecture.options.map(\.name)
    for key in given.keys.sorted() where !known.contains(key) {
      throw .unknownOption(key, architecture: architecture.name, known: known)
    }
    self.architecture = architecture
    self.given = given
  }

  func text(_ key: String) throws(ArchitectureError) -> String {
    guard let option = architecture.options.first(where: { $0.name == key }) else {
      throw .unknownOption(key, architecture: architecture.name, known: architecture.options.map(\.name))
    }
    return given[key] ?? option.defaultValue
  }

  func integer(_ key: String, in range: ClosedRange<Int> = 1...65536) throws(ArchitectureError) -> Int {
    let text = try text(key)
    guard let value = Int(text), range.contains(value) else {
      throw .invalidValue(text, option: key, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  /// Numbers joined by hyphens: `256-128`.
  func integers(_ key: String, in range: ClosedRange<Int> = 1...65536) throws(ArchitectureError) -> [Int] {
    let text = try text(key)
    let values = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
    guard values.allSatisfy(range.contains) else {
      throw .invalidValue(
        text, option: key, expected: "whole numbers from \(range.lowerBound) to \(range.upperBound), joined by '-'")
    }
    return values
  }

  func choice(_ key: String, of values: [String]) throws(ArchitectureError) -> String {
    let text = try text(key)
    guard values.contains(text) else {
      throw .invalidValue(text, option: key, expected: "one of \(values.joined(separator: ", "))")
    }
    return text
  }

  func number(_ key: String, in range: Range<Float>) throws(ArchitectureError) -> Float {
    let text = try text(key)
    guard let value = Float(text), range.contains(value) else {
      throw .invalidValue(
        text, option: key, expected: "a number from \(range.lowerBound) to below \(range.upperBound)")
    }
    return value
  }

  func activation() throws(ArchitectureError) -> Activation {
    Self.activations[try choice("activation", of: Self.activations.keys.sorted())] ?? .relu
  }

  private static let activations: [String: Activation] = [
    "relu": .relu, "tanh": .tanh, "sigmoid": .sigmoid, "elu": .elu(alpha: 1), "leaky-relu": .leakyReLU(slope: 0.01),
    "gelu": .gelu(approximate: false), "silu": .silu, "softplus": .softplus,
  ]
}

extension ArchitectureOption {
  static func activation(_ name: String) -> ArchitectureOption {
    ArchitectureOption(
      name: "activation", summary: "relu, tanh, sigmoid, elu, leaky-relu, gelu, silu or softplus", defaultValue: name)
  }
}
