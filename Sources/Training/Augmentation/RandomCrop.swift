public import Hyperparameters
public import Networks

/// Moves the image by up to `padding` pixels in each direction; the uncovered border is zero (PyTorch's `RandomCrop` of
/// the padded image).
public struct RandomCrop: Augmentation {
  /// Name and title.
  public static let method = Method(
    name: "crop", title: "Random crop", summary: "Moves the image by a few pixels; the uncovered border is zero.")

  /// The largest shift.
  public var padding = 4

  /// All of them.
  public static let hyperparameters: [Hyperparameter<RandomCrop>] = [
    .integer("padding", \.padding, in: 0...4096, unit: "pixels", "The largest shift.")
  ]

  /// The defaults.
  public init() {}

  /// Creates an augmentation.
  public init(padding: Int) {
    self.padding = padding
  }

  /// Moves it.
  public func apply(to image: UnsafeMutableBufferPointer<Float>, shape: Shape, stream: inout RandomStream) {
    let rows = stream.integer(below: 2 * padding + 1) - padding
    let columns = stream.integer(below: 2 * padding + 1) - padding
    image.shift(shape, rows: rows, columns: columns)
  }
}
