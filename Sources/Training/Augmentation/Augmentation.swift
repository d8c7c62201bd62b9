import Glibc
public import Networks

/// A random change of a training image. Every image has random numbers of its own, keyed by seed, its id, the epoch and
/// the place in the list of augmentations: neither its batch nor its place in it matters.
public enum Augmentation: Hashable, Sendable {
  /// The image moved by up to `padding` pixels in each direction, zeros coming in (PyTorch's `RandomCrop` of the padded
  /// image).
  case crop(padding: Int)
  /// Left and right exchanged for every second image.
  case flip
  /// Turned about the centre by an angle uniform in ± `degrees`, bilinearly, zeros coming in.
  case rotation(degrees: Float)
  /// A square of zeros around a random pixel, cut at the border (DeVries and Taylor, arXiv 1708.04552, whose zeros are
  /// the mean colour, for they normalise first).
  case cutout(side: Int)
  /// Normal noise of that deviation on every scalar, not clipped.
  case noise(deviation: Float)
  /// λ · image + (1 − λ) · another image of the training set, λ from Beta(alpha, alpha), and the same of their losses
  /// (Zhang et al., arXiv 1710.09412, who draw one λ per batch and mix within it).
  case mixup(alpha: Float)

  /// Checks the settings, and that images have the axes they need.
  public func check(imageShape: Shape) throws(TrainingError) {
    let isImage = imageShape.rank == 3
    let (holds, expected) =
      switch self {
      case .crop(let padding):
        (isImage && (0...4096).contains(padding), "images C×H×W and a padding from 0 to 4096")
      case .flip: (isImage, "images C×H×W")
      case .rotation(let degrees): (isImage && (0...180).contains(degrees), "images C×H×W and 0 to 180 degrees")
      case .cutout(let side): (isImage && (1...4096).contains(side), "images C×H×W and a side from 1 to 4096")
      case .noise(let deviation): (deviation >= 0 && deviation.isFinite, "a deviation of at least 0")
      case .mixup(let alpha): (alpha > 0 && alpha <= 4, "an alpha above 0 and at most 4")
      }
    guard holds else { throw .invalidSetting("augmentation", expected: expected, found: "\(self) for \(imageShape)") }
  }

  /// Changes one image in place; mixing, which needs another image, is not done here.
  func apply(to image: UnsafeMutableBufferPointer<Float>, shape: Shape, stream: inout RandomStream) {
    switch self {
    case .crop(let padding):
      let rows = stream.integer(below: 2 * padding + 1) - padding
      let columns = stream.integer(below: 2 * padding + 1) - padding
      image.shift(shape, rows: rows, columns: columns)
    case .flip:
      if stream.uniform() < 0.5 { image.flip(width: shape[2]) }
    case .rotation(let degrees):
      let angle = stream.uniform(in: -degrees...degrees)
      image.rotate(shape, radians: Double(angle) * .pi / 180)
    case .cutout(let side):
      let (row, column) = (stream.integer(below: shape[1]), stream.integer(below: shape[2]))
      image.blank(shape, row: row - side / 2, column: column - side / 2, side: side)
    case .noise(let deviation):
      for index in image.indices { image[index] += deviation * stream.normal() }
    case .mixup: break
    }
  }
}

extension Augmentation: LosslessStringConvertible {
  /// What may be written, for messages.
  public static let forms = [
    "crop:padding=4", "flip", "rotation:degrees=15", "cutout:side=8", "noise:sigma=0.1", "mixup:alpha=1",
  ]

  /// As in `forms`.
  public var description: String {
    switch self {
    case .crop(let padding): "crop:padding=\(padding)"
    case .flip: "flip"
    case .rotation(let degrees): "rotation:degrees=\(degrees)"
    case .cutout(let side): "cutout:side=\(side)"
    case .noise(let deviation): "noise:sigma=\(deviation)"
    case .mixup(let alpha): "mixup:alpha=\(alpha)"
    }
  }

  /// Several, separated by commas.
  public static func text(_ augmentations: [Augmentation]) -> String {
    augmentations.map(\.description).joined(separator: ",")
  }

  /// Reads what `description` writes, and the number alone: `crop:4`. Numbers that are not given are those of `forms`.
  public init?(_ description: String) {
    let parts = description.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let pair = parts.count == 2 ? parts[1].split(separator: "=", omittingEmptySubsequences: false) : []
    func number<Value: LosslessStringConvertible>(_ key: String, _ standard: Value) -> Value? {
      guard parts.count == 2 else { return standard }
      guard pair.count == 2 else { return pair.count == 1 ? Value(parts[1]) : nil }
      return pair[0] == key ? Value(String(pair[1])) : nil
    }
    let found: Augmentation? =
      switch parts[0] {
      case "crop": number("padding", 4).map { .crop(padding: $0) }
      case "flip" where parts.count == 1: .flip
      case "rotation": number("degrees", 15).map { .rotation(degrees: $0) }
      case "cutout": number("side", 8).map { .cutout(side: $0) }
      case "noise": number("sigma", 0.1).map { .noise(deviation: $0) }
      case "mixup": number("alpha", 1).map { .mixup(alpha: $0) }
      default: nil
      }
    guard let found else { return nil }
    self = found
  }
}
