public import Isolation
import Networks

extension CheckpointFile {
  /// What passes between processes beside the tensors.
  public struct FlatHead: Codable {
    let settings: String
    let state: String
    let keys: [Key]
    let names: [String]
    let provenance: Provenance

    struct Key: Codable {
      let set: String
      let node: String
      let role: ParameterRole
    }
  }

  /// The checkpoint as it passes between processes.
  public var flat: FlatMessage<FlatHead> {
    let entries = parameterSets.sorted { $0.key < $1.key }.flatMap { set, parameters in
      parameters.tensors.sorted { $0.key < $1.key }.map { key, tensor in
        (FlatHead.Key(set: set, node: key.node, role: key.role), tensor)
      }
    }
    let others = tensors.sorted { $0.key < $1.key }
    return FlatMessage(
      head: FlatHead(
        settings: settings, state: state, keys: entries.map(\.0), names: others.map(\.key), provenance: provenance),
      tensors: entries.map(\.1) + others.map(\.value))
  }

  /// Takes a checkpoint over from another process.
  ///
  /// - Throws: `FlatMessageError`.
  public init(flat message: FlatMessage<FlatHead>) throws {
    let head = message.head
    guard message.tensors.count == head.keys.count + head.names.count else {
      throw FlatMessageError("\(message.tensors.count) tensors for \(head.keys.count + head.names.count) names")
    }
    var sets: [String: Parameters] = [:]
    for (key, tensor) in zip(head.keys, message.tensors) {
      sets[key.set, default: Parameters()].tensors[ParameterKey(key.node, key.role)] = tensor
    }
    let others = zip(head.names, message.tensors.dropFirst(head.keys.count))
    self.init(
      settings: head.settings, state: head.state, parameterSets: sets,
      tensors: Dictionary(others.map { ($0, $1) }, uniquingKeysWith: { $1 }), provenance: head.provenance)
  }
}
