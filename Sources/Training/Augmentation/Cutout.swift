public import Hyperparameters
public import Networks

/// A square of zeros around a random pixel, cut at the border (DeVries and Taylor, arXiv 1708.04552, whose zeros are the
/// mean colour, for they normalise first).
public struct Cutout: Augmentation {
  /// Name, title and source.
  public static let method = Method(
    name: "cutout", title: "Cutout", summary: "A square of zeros around a random pixel.",
    citation: "DeVries and Taylor, arXiv 1708.04552")

  /// The side of the square.
  public var side = 8

  /// All of them.
  public static let hyperparameters: [Hyperparameter<Cutout>] = [
    .integer("side", \.side, in: 1...4096, unit: "pixels", "The side of the square.")
  ]

  /// The defaults.
  public init() {}

  /// Creates an augmentation.
  public init(side: Int) {
    self.side = side
  }

  /// Blanks the square.
  public func apply(to image: UnsafeMutableBufferPointer<Float>, shape: Shape, stream: inout RandomStream) {
    let (row, column) = (stream.integer(below: shape[1]), stream.integer(below: shape[2]))
    image.blank(shape, row: row - side / 2, column: column - side / 2, side: side)
  }
}
