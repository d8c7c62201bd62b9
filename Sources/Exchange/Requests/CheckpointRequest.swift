package import Isolation

/// A checkpoint of training.
package struct CheckpointRequest: IsolatedRequest {
  package static let name = "checkpoint"
  package let path: String

  /// Asks for the content of a file.
  package init(path: String) { self.path = path }

  package var byteCount: Int { ReadBytes.count(of: [path]) }

  /// - Throws: `ExchangeError`, which names the format where the file is another one of the lab.
  package func read() throws -> CheckpointFile {
    try FileFormat.checkpoint.expected(at: path) { try CheckpointFile.read(from: path) }
  }

  package static func message(_ content: CheckpointFile) throws -> FlatMessage<CheckpointFile.FlatHead> { content.flat }

  package func content(of message: FlatMessage<CheckpointFile.FlatHead>) throws -> CheckpointFile {
    try CheckpointFile(flat: message)
  }
}
