public import Isolation

/// Which of its formats the lab wrote in a file: its name; nil for a file that the lab did not write.
public struct MarkRequest: IsolatedRequest {
  public typealias Head = String?
  public static let name = "mark"
  public let path: String

  /// Asks about a file.
  public init(path: String) { self.path = path }

  public var byteCount: Int { ReadBytes.count(of: [path]) }

  public func read() throws -> String? { FileFormat(ofFile: path)?.rawValue }
}

/// The architecture that weights alone may have, as the lab's JSON.
public struct ProposalRequest: IsolatedRequest {
  public typealias Head = String
  public static let name = "proposal"
  public let path: String

  /// Asks about a file.
  public init(path: String) { self.path = path }

  public var byteCount: Int { ReadBytes.count(of: [path]) }

  public func read() throws -> String { try ProposedChain.architecture(for: path) }
}
