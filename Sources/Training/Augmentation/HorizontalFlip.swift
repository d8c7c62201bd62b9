public import Hyperparameters
public import Networks

/// Left and right exchanged for every second image.
public struct HorizontalFlip: Augmentation {
  /// Name and title.
  public static let method = Method(
    name: "flip", title: "Horizontal flip", summary: "Exchanges left and right of every second image.")

  /// Creates an augmentation.
  public init() {}

  /// Exchanges them, or not.
  public func apply(to image: UnsafeMutableBufferPointer<Float>, shape: Shape, stream: inout RandomStream) {
    if stream.uniform() < 0.5 { image.flip(width: shape[2]) }
  }
}
