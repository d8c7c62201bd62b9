import Glibc
import Networks

/// The change of variables that keeps every pixel in its range: pixel = a + b · tanh w, with the middle a of the range and
/// half its width b.
///
/// An image is shrunk by 0.999999 on its way, because a pixel at an end of its range belongs to an infinite w, where the
/// gradient is zero for ever. torchattacks does not shrink: there every black and every white pixel stays as it is.
struct TanhSpace {
  /// How much an image is shrunk; that of the authors, of Foolbox and of ART.
  static let shrinkage = 0.999999
  /// The w of a pixel at the end of its range.
  static let farthest = atanh(shrinkage)

  private let ends: PixelRanges
  private let middles: [Float]
  private let halves: [Float]

  /// That of a box, for examples of a shape.
  init(_ box: PixelBox, example: Shape) {
    ends = PixelRanges(box, example: example)
    middles = zip(ends.lowers, ends.uppers).map { $0 / 2 + $1 / 2 }
    halves = zip(ends.lowers, ends.uppers).map { $1 / 2 - $0 / 2 }
  }

  /// The variables of images.
  func variables(of images: Tensor<Float>) -> Tensor<Float> {
    var result = images
    let size = middles.count
    result.withUnsafeMutableScalars { scalars in
      for index in scalars.indices {
        let pixel = index % size
        let place = (Double(scalars[index]) - Double(middles[pixel])) / Double(halves[pixel])
        // A reader of another format may leave a pixel a rounding outside.
        scalars[index] = Float(atanh(Self.shrinkage * max(-1, min(1, place))))
      }
    }
    return result
  }

  /// The pixels of variables, and the slope of each: b · (1 − tanh² w).
  ///
  /// With e = exp(−2|w|) that is 4b · e / (1 + e)², without the cancellation of 1 − tanh² where a pixel is near an end.
  func pixels(of variables: Tensor<Float>) -> (pixels: Tensor<Float>, slopes: Tensor<Float>) {
    var (pixels, slopes) = (variables, variables)
    pixels.withUnsafeMutableScalars { pixels in
      slopes.withUnsafeMutableScalars { slopes in
        for start in stride(from: 0, to: pixels.count, by: max(middles.count, 1)) {
          for pixel in middles.indices {
            let w = pixels[start + pixel]
            let decay = exp(-2 * abs(w))
            let tangent = (1 - decay) / (1 + decay)
            let moved = middles[pixel] + halves[pixel] * (w < 0 ? -tangent : tangent)
            pixels[start + pixel] = max(ends.lowers[pixel], min(ends.uppers[pixel], moved))
            slopes[start + pixel] = 4 * halves[pixel] * decay / ((1 + decay) * (1 + decay))
          }
        }
      }
    }
    return (pixels, slopes)
  }
}
