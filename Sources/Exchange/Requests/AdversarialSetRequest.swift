public import Isolation

/// Adversarial examples.
public struct AdversarialSetRequest: IsolatedRequest {
  public static let name = "adversarial"
  public let path: String

  /// Asks for the content of a file.
  public init(path: String) { self.path = path }

  public var byteCount: Int { ReadBytes.count(of: [path]) }

  /// - Throws: `ExchangeError`, which names the format where the file is another one of the lab.
  public func read() throws -> AdversarialSet {
    try FileFormat.adversarial.expected(at: path) { try AdversarialSet.read(from: path) }
  }

  public static func message(_ content: AdversarialSet) throws -> FlatMessage<AdversarialSet.FlatHead> { content.flat }

  public func content(of message: FlatMessage<AdversarialSet.FlatHead>) throws -> AdversarialSet { try AdversarialSet(flat: message) }
}
