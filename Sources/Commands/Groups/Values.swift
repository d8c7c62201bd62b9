internal import Arguments
internal import Networks
internal import Reports

/// Why a word is no value.
struct InvalidValue: Error, CustomStringConvertible {
  let description: String
}

/// A number of pixel units: `0.1`, `8/255`, `1e-2`.
struct Magnitude: ArgumentValue, Hashable {
  static let isNumeric = true
  let value: Float
  /// As it was typed.
  let argumentText: String

  init(argument: String) throws {
    let parts = argument.split(separator: "/", omittingEmptySubsequences: false).map { Double($0) }
    let quotient: Double? =
      switch parts.count {
      case 1: parts[0]
      case 2: parts[0].flatMap { dividend in parts[1].map { dividend / $0 } }
      default: nil
      }
    guard let quotient, quotient.isFinite, Float(quotient).isFinite else {
      throw InvalidValue(description: "expected a number such as 0.1, 8/255 or 1e-2")
    }
    guard quotient >= 0 else { throw InvalidValue(description: "expected a number of at least 0") }
    value = Float(quotient)
    argumentText = argument
  }
}

/// What a targeted attack aims at.
enum TargetChoice: ArgumentValue, Hashable {
  case label(Int)
  case leastLikely
  case random
  case next

  /// So that `-1` is taken for a wrong label rather than for an option.
  static let isNumeric = true

  init(argument: String) throws {
    switch argument.lowercased() {
    case "least-likely": self = .leastLikely
    case "random": self = .random
    case "next": self = .next
    default:
      guard let label = Int(argument), label >= 0 else {
        throw InvalidValue(description: "expected a label of at least 0, least-likely, random or next")
      }
      self = .label(label)
    }
  }

  var argumentText: String {
    switch self {
    case .label(let label): String(label)
    case .leastLikely: "least-likely"
    case .random: "random"
    case .next: "next"
    }
  }
}

/// As people write them: `linf`, `L∞`, `2`.
extension Norm: ArgumentValue {
  package init?(argument: String) { self.init(hyperparameter: argument) }
}

extension Loss: ArgumentValue {
  package init?(argument: String) { self.init(argument.lowercased()) }
  package static var allValues: [String] { names }
}

/// Rejects the command line unless a number is 1 or more, and not so large that products of it leave the integers.
func requireCount(_ number: Int, _ option: String, atMost most: Int = 1_000_000) throws {
  try require((1...most).contains(number), option, "1 to \(NumberFormat.count(most))", number)
}

/// Rejects the command line unless the value of an option is what is expected.
func require(_ holds: Bool, _ option: String, _ expected: String, _ found: some Any) throws {
  guard holds else { throw ValidationError("--\(option): expected \(expected), found \(found).") }
}
