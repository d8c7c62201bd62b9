import Glibc
public import Hyperparameters
public import Networks

/// Rotates the image about its centre by an angle uniform in ± `degrees`, with bilinear interpolation; uncovered corners
/// are zero.
public struct Rotation: Augmentation {
  /// Name and title.
  public static let method = Method(
    name: "rotation", title: "Rotation", summary: "Rotates the image about its centre; uncovered corners are zero.")

  /// The largest angle either way.
  public var degrees: Float = 15

  /// All of them.
  public static let hyperparameters: [Hyperparameter<Rotation>] = [
    .number("degrees", \.degrees, .from(0, to: 180), unit: "degrees", "The largest angle either way.")
  ]

  /// The defaults.
  public init() {}

  /// Creates an augmentation.
  public init(degrees: Float) {
    self.degrees = degrees
  }

  /// Turns it.
  public func apply(to image: UnsafeMutableBufferPointer<Float>, shape: Shape, stream: inout RandomStream) {
    let angle = stream.uniform(in: -degrees...degrees)
    image.rotate(shape, radians: Double(angle) * .pi / 180)
  }
}
