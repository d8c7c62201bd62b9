package import Isolation

/// Adversarial examples.
package struct AdversarialSetRequest: IsolatedRequest {
  package static let name = "adversarial"
  package let path: String

  /// Asks for the content of a file.
  package init(path: String) { self.path = path }

  package var byteCount: Int { ReadBytes.count(of: [path]) }

  /// - Throws: `ExchangeError`, which names the format where the file is another one of the lab.
  package func read() throws -> AdversarialSet {
    try FileFormat.adversarial.expected(at: path) { try AdversarialSet.read(from: path) }
  }

  package static func message(_ content: AdversarialSet) throws -> FlatMessage<AdversarialSet.FlatHead> { content.flat }

  package func content(of message: FlatMessage<AdversarialSet.FlatHead>) throws -> AdversarialSet {
    try AdversarialSet(flat: message)
  }
}
