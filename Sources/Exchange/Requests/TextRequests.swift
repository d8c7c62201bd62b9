import Isolation

/// Which of its formats the lab wrote in a file: its name; nil for a file that the lab did not write.
package struct MarkRequest: IsolatedRequest {
  package typealias Head = String?
  package static let name = "mark"
  package let path: String

  /// Asks about a file.
  package init(path: String) { self.path = path }

  package var byteCount: Int { ReadBytes.count(of: [path]) }

  package func read() throws -> String? { FileFormat(ofFile: path)?.rawValue }
}

/// The architecture that weights alone may have, as the lab's JSON.
package struct ProposalRequest: IsolatedRequest {
  package typealias Head = String
  package static let name = "proposal"
  package let path: String

  /// Asks about a file.
  package init(path: String) { self.path = path }

  package var byteCount: Int { ReadBytes.count(of: [path]) }

  package func read() throws -> String { try ProposedChain.architecture(for: path) }
}
