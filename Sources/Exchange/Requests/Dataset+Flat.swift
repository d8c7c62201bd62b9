public import Isolation
import Networks

extension Dataset {
  /// What passes between processes beside images, labels and indices.
  public struct FlatHead: Codable {
    let name: String
    let split: String
    let classCount: Int
    let classNames: [String]?
    let pixelRange: PixelBox
    let digest: FileDigest.Source?
    let detection: String
    let clampedPixels: Int
    let areRows: Bool
    let pixelDivisor: Float
  }

  /// The dataset as it passes between processes.
  public var flat: FlatMessage<FlatHead> {
    FlatMessage(
      head: FlatHead(
        name: self.name, split: self.split, classCount: self.classCount, classNames: self.classNames,
        pixelRange: self.pixelRange, digest: self.digest?.source, detection: self.detection,
        clampedPixels: self.clampedPixels, areRows: self.areRows, pixelDivisor: self.pixelDivisor),
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
    // The other process only names the files: it has no time for their digest, and this one reads them as plain bytes.
    guard head.digest?.isOfTooMany != true else { throw FlatMessageError("a dataset of too many files") }
    let place = Origin.Place(file: file)
    try self.init(
      name: head.name, split: head.split, images: images, labels: message.columns[0], ids: message.columns[1],
      classCount: head.classCount, classNames: head.classNames, pixelRange: head.pixelRange,
      digest: head.digest.map { source throws(ExchangeError) in try FileDigest(source) }, detection: head.detection,
      areRows: head.areRows,
      origin: Origin(images: place, labels: place))
    self.clampedPixels = head.clampedPixels
    self.pixelDivisor = head.pixelDivisor
  }
}
