package import Isolation
package import Networks

extension ModelRequest: IsolatedRequest {
  package static let name = "model"

  package var byteCount: Int { ReadBytes.count(of: [path, architecture, map].compactMap(\.self)) }

  package static func message(_ content: (model: ModelFile, notes: [Note])) throws -> FlatMessage<ModelFile.FlatHead> {
    content.model.flat(notes: content.notes)
  }

  package func content(
    of message: FlatMessage<ModelFile.FlatHead>
  ) throws -> (model: ModelFile, notes: [Note]) {
    (try ModelFile(flat: message), message.head.notes)
  }
}
