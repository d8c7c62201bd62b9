import Networks

extension Dataset {
  /// What passes between processes beside images, labels and indices.
  public struct FlatHead: Codable {
    let name: String
    let split: String
    let classCount: Int
    let classNames: [String]?
    let pixelRange: PixelBox
    let sha256: String?
    let detection: String
    let clampedPixels: Int
    let areRows: Bool
    let pixelDivisor: Float
  }

  /// The dataset as it passes between processes.
  public var flat: FlatMessage<FlatHead> {
    FlatMessage(
      head: FlatHead(
        name: name, split: split, classCount: classCount, classNames: classNames, pixelRange: pixelRange,
        sha256: sha256, detection: detection, clampedPixels: clampedPixels, areRows: areRows,
        pixelDivisor: pixelDivisor),
      columns: [labels, ids], tensors: [images])
  }

  /// Takes a dataset over from another process; everything is checked as if it were read here. `file` is where it comes
  /// from.
  ///
  /// - Throws: `FlatMessageError`, `ExchangeError`.
  public init(flat message: FlatMessage<FlatHead>, file: String) throws {
    let head = message.head
    guard message.columns.count == 2, message.tensors.count == 1, let images = message.tensors.first,
      images.shape.rank > 0, message.columns[1].count == images.exampleCount
    else { throw FlatMessageError("other arrays than images, labels and indices") }
    let place = Origin.Place(file: file)
    try self.init(
      name: head.name, split: head.split, images: images, labels: message.columns[0], ids: message.columns[1],
      classCount: head.classCount, classNames: head.classNames, pixelRange: head.pixelRange, sha256: head.sha256,
      detection: head.detection, areRows: head.areRows,
      origin: Origin(images: place, labels: place))
    clampedPixels = head.clampedPixels
    pixelDivisor = head.pixelDivisor
  }
}
