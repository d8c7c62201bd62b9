internal import Arguments
internal import Attacks
internal import Networks

/// A number of pixels units: `0.1`, `8/255`, `1e-2`.
struct Magnitude: ArgumentValue, Hashable {
  static let isNumeric = true
  let value: Float
  let argumentText: String

  init(_ value: Float, text: String) {
    self.value = value
    argumentText = text
  }

  init(argument: String) throws {
    let parts = argument.split(separator: "/", omittingEmptySubsequences: false).map { Double($0) }
    let quotient: Double? =
      switch parts.count {
      case 1: parts[0]
      case 2: parts[0].flatMap { dividend in parts[1].map { dividend / $0 } }
      default: nil
      }
    guard let quotient, quotient.isFinite else { throw InvalidMagnitude(message: "expected a number such as 0.1, 8/255 or 1e-2") }
    guard quotient >= 0, Float(quotient).isFinite else { throw InvalidMagnitude(message: "expected a number of at least 0") }
    self.init(Float(quotient), text: argument)
  }
}

private struct InvalidMagnitude: Error, CustomStringConvertible {
  let message: String
  var description: String { message }
}

/// What a targeted attack aims at.
enum TargetChoice: ArgumentValue, Hashable {
  case label(Int)
  case leastLikely
  case random
  case next

  init?(argument: String) {
    switch argument {
    case "least-likely": self = .leastLikely
    case "random": self = .random
    case "next": self = .next
    default:
      guard let label = Int(argument), label >= 0 else { return nil }
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

extension Norm: ArgumentValue {}

extension Norm {
  /// As it is printed.
  var symbol: String {
    switch self {
    case .linf: "L∞"
    case .l2: "L2"
    case .l1: "L1"
    case .l0: "L0"
    }
  }
}

extension Loss: ArgumentValue {
  package static var allValues: [String] { names }
}
