public import Isolation
import Networks

extension AdversarialSet {
  /// What passes between processes beside the images.
  public struct FlatHead: Codable {
    let examples: [Example]
    let statusNames: [String]
    let threat: Threat
    let attack: String
    let precision: String?
    let provenance: Provenance
    let requested: Int?
    let classNames: [String]?
  }

  /// The set as it passes between processes.
  public var flat: FlatMessage<FlatHead> {
    FlatMessage(
      head: FlatHead(
        examples: examples, statusNames: statusNames, threat: threat, attack: attack, precision: precision,
        provenance: provenance, requested: requested, classNames: classNames),
      tensors: [images, adversarial] + [change].compactMap(\.self))
  }

  /// Takes a set over from another process.
  ///
  /// - Throws: `FlatMessageError` where its parts do not fit together.
  public init(flat message: FlatMessage<FlatHead>) throws {
    let change = message.tensors.count == 3 ? message.tensors[2] : nil
    guard [2, 3].contains(message.tensors.count), [2, 4].contains(message.tensors[0].shape.rank),
      message.tensors[0].shape == message.tensors[1].shape,
      message.tensors[0].exampleCount == message.head.examples.count,
      message.head.threat.bounds.fits(message.tensors[0].shape.example),
      change.map({ $0.exampleCount == 1 && $0.shape.rank == message.tensors[0].shape.rank }) ?? true
    else { throw FlatMessageError("other arrays than clean and adversarial images in the bounds, one for each report") }
    let head = message.head
    self.init(
      images: message.tensors[0], adversarial: message.tensors[1], examples: head.examples,
      statusNames: head.statusNames, threat: head.threat, attack: head.attack, precision: head.precision,
      provenance: head.provenance, requested: head.requested, change: change,
      classNames: head.classNames)
  }
}
