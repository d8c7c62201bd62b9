public import Isolation
public import Networks

extension ModelFile {
  /// What passes between processes beside the weights and the probe.
  public struct FlatHead: Codable {
    let network: Network
    let keys: [Key]
    let hasProbe: Bool
    let trainingRecord: String?
    let vectorOrder: AxisOrder
    let provenance: Provenance
    /// Notes for the user.
    public let notes: [Note]

    struct Key: Codable {
      let node: String
      let role: ParameterRole
    }
  }

  /// The model as it passes between processes, with notes for the user.
  public func flat(notes: [Note]) -> FlatMessage<FlatHead> {
    let keys = parameters.tensors.keys.sorted()
    return FlatMessage(
      head: FlatHead(
        network: network, keys: keys.map { FlatHead.Key(node: $0.node, role: $0.role) }, hasProbe: probe != nil,
        trainingRecord: trainingRecord, vectorOrder: vectorOrder, provenance: provenance, notes: notes),
      tensors: keys.compactMap { parameters.tensors[$0] } + (probe.map { [$0.images, $0.logits] } ?? []))
  }

  /// Takes a model over from another process; everything is checked as if it were read here.
  ///
  /// - Throws: `FlatMessageError`, `NetworkError`.
  public init(flat message: FlatMessage<FlatHead>) throws {
    let head = message.head
    guard message.tensors.count == head.keys.count + (head.hasProbe ? 2 : 0) else {
      throw FlatMessageError("\(message.tensors.count) tensors for \(head.keys.count) parameters")
    }
    let pairs = zip(head.keys, message.tensors).map { (ParameterKey($0.node, $0.role), $1) }
    let probe = message.tensors.suffix(2)
    guard !head.hasProbe || probe.allSatisfy({ $0.shape.rank > 0 }) else { throw FlatMessageError("a scalar as probe") }
    try self.init(
      network: head.network, parameters: Parameters(Dictionary(pairs, uniquingKeysWith: { $1 })),
      probe: head.hasProbe ? Probe(images: probe[probe.startIndex], logits: probe[probe.startIndex + 1]) : nil,
      trainingRecord: head.trainingRecord, vectorOrder: head.vectorOrder, provenance: head.provenance)
  }
}
