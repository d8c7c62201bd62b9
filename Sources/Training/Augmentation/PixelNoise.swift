public import Hyperparameters
public import Networks

/// Normal noise on every scalar, not clipped.
public struct PixelNoise: Augmentation {
  /// Name and title.
  public static let method = Method(name: "noise", title: "Noise", summary: "Normal noise on every pixel, not clipped.")
  /// False: it works on vectors, too.
  public static let needsAxes = false

  /// The deviation.
  public var deviation: Float = 0.1

  /// All of them.
  public static let hyperparameters: [Hyperparameter<PixelNoise>] = [
    .number("sigma", \.deviation, .from(0), unit: "pixels", "The deviation.")
  ]

  /// The defaults.
  public init() {}

  /// Creates an augmentation.
  public init(deviation: Float) {
    self.deviation = deviation
  }

  /// Adds the noise.
  public func apply(to image: UnsafeMutableBufferPointer<Float>, shape: Shape, stream: inout RandomStream) {
    for index in image.indices { image[index] += deviation * stream.normal() }
  }
}
