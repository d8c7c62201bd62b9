public import HDF5

/// A file that cannot be read or written, or whose content is wrong: which file, where in it, what was expected and
/// what was found.
public struct ExchangeError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kinds of failure, by which commands choose their exit code.
  public enum Kind: Hashable, Sendable {
    /// The file is not there or cannot be opened.
    case missing
    /// The file was read, and something in it is wrong.
    case content
    /// The file cannot be written.
    case cannotWrite
    /// The file is valid, but does not hold what was asked for.
    case request
  }

  /// The kind of failure.
  public let kind: Kind
  /// The path of the file or directory.
  public let file: String
  /// The path of the object in the file, where the failure concerns one.
  public let object: String?
  /// The index of the first example that is wrong, where the failure concerns examples.
  public let example: Int?
  /// What was expected and what was found.
  public let message: String

  /// Creates an error.
  public init(kind: Kind, file: String, object: String? = nil, example: Int? = nil, message: String) {
    self.kind = kind
    self.file = file
    self.object = object
    self.example = example
    self.message = message
  }

  /// Creates an error about content.
  public init(file: String, object: String? = nil, example: Int? = nil, expected: String, found: String) {
    self.init(
      kind: .content, file: file, object: object, example: example, message: "expected \(expected), found \(found)")
  }

  /// Converts an error of the HDF5 module.
  public init(_ error: HDF5Error) {
    let kind: Kind =
      switch error.reason {
      case .missing, .unreadable: .missing
      case .notHDF5, .truncated, .content: .content
      case .cannotWrite: .cannotWrite
      }
    self.init(kind: kind, file: error.file, object: error.object, message: error.message)
  }

  /// File, object, example and message in one line.
  public var description: String {
    let parts = [file, object, example.map { "example \($0)" }, message]
    return parts.compactMap { $0 }.joined(separator: ": ")
  }
}
