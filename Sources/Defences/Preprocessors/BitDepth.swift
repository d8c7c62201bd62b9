public import Hyperparameters
public import Networks

/// Pixels rounded to 2ᵇ equally spaced values of the pixel range, ties to the even one as in NumPy.
///
/// Xu, Evans and Qi, *Feature squeezing*, arXiv 1704.01155. In the backward pass the identity replaces the rounding,
/// whose own derivative is zero.
public struct BitDepth: BoundedPreprocessor {
  /// Name, title and source.
  public static let method = Method(
    name: "bit-depth", title: "Bit depth",
    summary: "Pixels rounded to equally spaced values.",
    citation: "Xu, Evans and Qi, arXiv 1704.01155")

  /// The number of bits, 1 to 16.
  public var bits = 4
  /// The range of valid pixels.
  public var bounds: ClosedRange<Float> = 0...1

  /// The hyper-parameters.
  public static let hyperparameters: [Hyperparameter<BitDepth>] = [
    .integer("bits", \.bits, in: 1...16, "The number of bits.")
  ]

  /// The defaults.
  public init() {}

  /// Creates a rounding.
  public init(bits: Int, bounds: ClosedRange<Float> = 0...1) {
    self.bits = bits
    self.bounds = bounds
  }

  /// The identity.
  public var derivative: DerivativeKind { .surrogate("the identity") }

  /// Rounds every pixel.
  public func apply(_ images: Tensor<Float>, draw: Draw) -> Tensor<Float> {
    let steps = Float((1 << bits) - 1)
    let width = bounds.upperBound - bounds.lowerBound
    var result = images
    result.withUnsafeMutableScalars { scalars in
      for i in scalars.indices {
        let level = ((scalars[i] - bounds.lowerBound) / width * steps).rounded(.toNearestOrEven)
        scalars[i] = bounds.lowerBound + level / steps * width
      }
    }
    return result
  }

  /// The identity.
  public func pullback(_ cotangent: Tensor<Float>, at images: Tensor<Float>, draw: Draw) -> Tensor<Float> { cotangent }
}
