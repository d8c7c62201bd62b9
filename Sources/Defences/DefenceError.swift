public import Networks

/// A defence that can't be what was asked for.
public enum DefenceError: Error, Equatable, CustomStringConvertible {
  /// Images of a shape that the defence cannot work on.
  case shape(found: Shape, expected: String, for: String)
  /// Something of which there are too few or too many.
  case count(of: String, found: Int, expected: String, for: String)
  /// A library that failed, in its own words.
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
