public import Networks

/// A defence that cannot be created or applied.
public enum DefenceError: Error, Equatable, CustomStringConvertible {
  /// Images of a shape that the defence cannot work on.
  case shape(found: Shape, expected: String, for: String)
  /// Too few or too many of something.
  case count(of: String, found: Int, expected: String, for: String)
  /// A library that failed, with its message.
  case library(String, message: String)

  /// What was expected and what was found.
  public var description: String {
    switch self {
    case .shape(let found, let expected, let name): "\(name): expected \(expected), found \(found)"
    case .count(let of, let found, let expected, let name): "\(name): expected \(expected) \(of), found \(found)"
    case .library(let name, let message): "\(name) failed: \(message)"
    }
  }
}
