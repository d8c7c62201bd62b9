internal import Arguments

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

extension TargetChoice {
  /// As it is printed.
  var title: String {
    switch self {
    case .label(let label): "class \(label); its own examples are left out"
    case .leastLikely: "the class the model finds least likely"
    case .random: "a random class other than the label"
    case .next: "the class after the label"
    }
  }
}
