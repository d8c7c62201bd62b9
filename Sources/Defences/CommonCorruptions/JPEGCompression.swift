public import Attacks
import Networks

/// Images written as JPEG and read again, as a family of CIFAR-10-C: Pillow's default but for the quality.
///
/// It stands here and not beside the other families because this is where the codec is.
public struct JPEGCompression: Corruption {
  /// As in the published files.
  public let name = "jpeg_compression"
  /// Digital.
  public let kind = CorruptionKind.digital

  /// The family of CIFAR-10-C.
  public init() {}

  /// A round trip.
  public func change(_ severity: Severity, of size: Picture.Size) -> Change {
    let jpeg = JPEG(quality: Self.quality(severity))
    return { picture, _ in
      let image = Tensor(shape: [1, size.channels, size.height, size.width], scalars: picture.values)
      picture.values = try jpeg.apply(image, draw: Draw()).scalars
    }
  }

  private static func quality(_ severity: Severity) -> Int {
    switch severity {
    case .one: 80
    case .two: 65
    case .three: 58
    case .four: 50
    case .five: 40
    }
  }
}
