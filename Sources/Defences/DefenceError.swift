public import Networks
import Wording

/// A defence that can't be what was asked for.
public enum DefenceError: Error, Equatable, CustomStringConvertible {
  /// A name that no defence of this kind has.
  case unknown(kind: String, name: String, known: [String])
  /// A word that is no `name:option=value,...`, or an option that is given twice.
  case malformed(String)
  /// An option that the defence does not have.
  case unknownOption(String, of: String, known: [String])
  /// A value out of its range.
  case option(String, of: String, found: String, expected: String)
  /// Images of a shape that the defence cannot work on.
  case shape(found: Shape, expected: String, for: String)
  /// Something of which there are too few or too many.
  case count(of: String, found: Int, expected: String, for: String)
  /// A library that failed, in its own words.
  case library(String, message: String)

  /// What was expected and what was found.
  public var description: String {
    switch self {
    case .unknown(let kind, let name, let known):
      "no \(kind) is called '\(name)'. \(NearestNames.advice(for: name, among: known))"
    case .malformed(let text): "expected name:option=value,..., every option once, found '\(text)'"
    case .unknownOption(let option, let name, let known):
      "'\(name)' has no option '\(option)'; "
        + (known.isEmpty ? "it has none" : "it has \(known.joined(separator: ", "))")
    case .option(let option, let name, let found, let expected):
      "\(name): expected \(option) to be \(expected), found \(found)"
    case .shape(let found, let expected, let name): "\(name): expected \(expected), found \(found)"
    case .count(let of, let found, let expected, let name): "\(name): expected \(expected) \(of), found \(found)"
    case .library(let name, let message): "\(name) failed: \(message)"
    }
  }
}
