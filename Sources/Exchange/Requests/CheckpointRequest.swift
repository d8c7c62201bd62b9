public import Isolation

/// A checkpoint of training.
public struct CheckpointRequest: IsolatedRequest {
  public static let name = "checkpoint"
  public let path: String

  /// Asks for the content of a file.
  public init(path: String) { self.path = path }

  public var byteCount: Int { ReadBytes.count(of: [path]) }

  /// - Throws: `ExchangeError`, which names the format where the file is another one of the lab.
  public func read() throws -> CheckpointFile {
    try FileFormat.checkpoint.expected(at: path) { try CheckpointFile.read(from: path) }
  }

  public static func message(_ content: CheckpointFile) throws -> FlatMessage<CheckpointFile.FlatHead> { content.flat }

  public func content(of message: FlatMessage<CheckpointFile.FlatHead>) throws -> CheckpointFile { try CheckpointFile(flat: message) }
}
