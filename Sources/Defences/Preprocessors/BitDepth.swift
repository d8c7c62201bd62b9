public import Networks

/// Pixels rounded to 2ᵇ equally spaced values of the pixel range, ties to the even one as in NumPy.
///
/// Xu, Evans and Qi, *Feature squeezing*, arXiv 1704.01155. Backwards the identity stands in for the rounding, whose own
/// derivative is zero.
public struct BitDepth: Preprocessor {
  /// `bit-depth`.
  public static let name = "bit-depth"

  /// The number of bits, 1 to 16.
  public var bits: Int
  /// The range of valid pixels.
  public var bounds: ClosedRange<Float>

  /// Creates a rounding.
  public init(bits: Int = 4, bounds: ClosedRange<Float> = 0...1) {
    self.bits = bits
    self.bounds = bounds
  }

  /// `bit-depth:bits=4`.
  public var description: String { "\(Self.name):bits=\(bits)" }

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
