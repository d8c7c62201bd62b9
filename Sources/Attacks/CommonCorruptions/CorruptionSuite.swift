/// A published set of families of corruptions.
public struct CorruptionSuite: Sendable {
  /// Which one.
  public enum Name: String, CaseIterable, Codable, Sendable {
    case cifar = "cifar10-c"
    case mnist = "mnist-c"

    /// The one for images of so many channels: digits are gray, and photographs are not.
    public init(channels: Int) { self = channels == 1 ? .mnist : .cifar }

    /// Where it was published.
    public var citation: String {
      switch self {
      case .cifar: "CIFAR-10-C: Hendrycks and Dietterich, arXiv 1903.12261"
      case .mnist: "MNIST-C: Mu and Gilmer, arXiv 1906.02337"
      }
    }
  }

  /// Which one.
  public let name: Name
  /// The families over which means are taken.
  public let families: [any Corruption]
  /// More families, which the published mean leaves out.
  public let extras: [any Corruption]

  /// A suite, with a family that compresses images as JPEG, which CIFAR-10-C needs and MNIST-C leaves out: the codec is
  /// none of this module's.
  public init(_ name: Name, jpeg: any Corruption) {
    self.name = name
    switch name {
    case .cifar:
      families = [
        NormalNoise.cifar, ShotNoise.cifar, ImpulseNoise.cifar, DefocusBlur.cifar, GlassBlur.cifar, MotionBlur.cifar,
        ZoomBlur.cifar, Snow.cifar, Frost.cifar, Fog.cifar, Brightness.cifar, Contrast.cifar, ElasticTransform.cifar,
        Pixelation.cifar, jpeg,
      ]
      extras = [SpeckleNoise.cifar, GaussianBlur.cifar, Spatter.cifar, Saturation.cifar]
    case .mnist:
      families = [
        ShotNoise.mnist, ImpulseNoise.mnist, GlassBlur.mnist, MotionBlur.mnist, LinearCorruption.shear,
        LinearCorruption.scale, LinearCorruption.rotate, Brightness.mnist, LinearCorruption.translate, Stripe(),
        Fog.mnist, Spatter.mnist, DottedLine(), Zigzag(), CannyEdges(),
      ]
      extras = []
    }
  }
}
