/// A note for the user about a network, about how a file was read, or how data were fitted to a network.
public enum Note: Hashable, Sendable, Codable {
  /// How something was understood.
  case remark(String)
  /// Why results may be wrong.
  case warning(String)

  /// The text of a warning; nil for a remark.
  public var warning: String? {
    switch self {
    case .remark: nil
    case .warning(let text): text
    }
  }
}

extension Note: ExpressibleByStringInterpolation {
  /// A literal is a remark.
  public init(stringLiteral text: String) { self = .remark(text) }
}

extension Note: CustomStringConvertible {
  /// The text, after the word that marks a warning.
  public var description: String {
    switch self {
    case .remark(let text): text
    case .warning(let text): "Warning: \(text)"
    }
  }
}
