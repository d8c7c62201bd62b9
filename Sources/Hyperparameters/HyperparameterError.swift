import Wording

/// A method or hyper-parameter that does not exist, or a value that it does not take.
public enum HyperparameterError: Error, Hashable, CustomStringConvertible {
  /// A part of a text that is not `key=value`, a key given twice, or parentheses that do not match.
  case malformed(String, in: String)
  /// No method of the kind has this name.
  case unknownMethod(String, kind: String, known: [String])
  /// The method has no hyper-parameter of this name.
  case unknown(String, method: String, known: [String])
  /// A value that the hyper-parameter does not take.
  case value(String, method: String, expected: String, found: String)

  /// What was expected and what was found.
  public var description: String {
    switch self {
    case .malformed(let part, let text):
      "expected name:key=value,key=value with every key once, found '\(part)' in '\(text)'"
    case .unknownMethod(let name, let kind, let known):
      "no \(kind) is called '\(name)'. \(NearestNames.advice(for: name, among: known))"
    case .unknown(let name, let method, let known) where known.isEmpty:
      "'\(method)' has no option '\(name)'; it has none"
    case .unknown(let name, let method, let known):
      "'\(method)' has no option '\(name)'; it has \(known.joined(separator: ", "))"
    case .value(let name, let method, let expected, let found):
      "\(method): expected \(name) to be \(expected), found \(found)"
    }
  }
}
