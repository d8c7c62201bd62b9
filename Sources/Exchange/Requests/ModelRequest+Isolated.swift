public import Isolation

extension ModelRequest: IsolatedRequest {
  public static let name = "model"

  public var byteCount: Int { ReadBytes.count(of: [path, architecture, map].compactMap(\.self)) }

  public static func message(_ content: (model: ModelFile, notes: [Note])) throws -> FlatMessage<ModelFile.FlatHead> {
    content.model.flat(notes: content.notes)
  }

  public func content(
    of message: FlatMessage<ModelFile.FlatHead>
  ) throws -> (model: ModelFile, notes: [Note]) {
    (try ModelFile(flat: message), message.head.notes)
  }
}
