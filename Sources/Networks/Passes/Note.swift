/// What a user should know of a network, of how a file was read, or of how data were fitted to a network.
public enum Note: Hashable, Sendable, Codable {
  /// How something was taken.
  case remark(String)
  /// What makes results doubtful.
  case doubt(String)

  /// What is doubtful; nil for a remark.
  public var doubt: String? {
    switch self {
    case .remark: nil
    case .doubt(let text): text
    }
  }
}

extension Note: ExpressibleByStringInterpolation {
  /// What is said without more is a remark.
  public init(stringLiteral text: String) { self = .remark(text) }
}

extension Note: CustomStringConvertible {
  /// The text, and for a doubt that it is one.
  public var description: String {
    switch self {
    case .remark(let text): text
    case .doubt(let text): "Warning: \(text)"
    }
  }
}
