public import Hyperparameters
public import Networks

/// Mirrors an image left to right with probability 1/2.
public struct HorizontalFlip: Augmentation {
  /// Name and title.
  public static let method = Method(
    name: "flip", title: "Horizontal flip", summary: "Mirrors an image left to right, with probability 1/2.")

  /// Creates an augmentation.
  public init() {}

  /// Mirrors the image, or leaves it.
  public func apply(to image: UnsafeMutableBufferPointer<Float>, shape: Shape, stream: inout RandomStream) {
    if stream.uniform() < 0.5 { image.flip(width: shape[2]) }
  }
}
