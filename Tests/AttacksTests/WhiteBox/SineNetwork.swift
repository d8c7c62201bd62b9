import Attacks
import Glibc
import Networks

/// Logits A sin(B x + c) + d: smooth, and with many maxima.
struct SineNetwork: Decodable, DifferentiableClassifier {
  let inner: [Double]
  let phase: [Double]
  let outer: [Double]
  let bias: [Double]
  var pullbackLogitsAreExact: Bool { true }

  var inputShape: Shape { [inner.count / phase.count] }
  var classCount: Int { bias.count }

  private func angles(_ image: ArraySlice<Float>) -> [Double] {
    phase.indices.map { unit in
      zip(inner[unit * image.count..<(unit + 1) * image.count], image).reduce(phase[unit]) { $0 + $1.0 * Double($1.1) }
    }
  }

  private func rows(_ images: Tensor<Float>) -> [ArraySlice<Float>] {
    (0..<images.exampleCount).map { images.scalars[$0 * images.exampleSize..<($0 + 1) * images.exampleSize] }
  }

  func logits(of images: Tensor<Float>) -> Tensor<Float> {
    let scalars = rows(images).flatMap { image in
      let waves = angles(image).map { sin($0) }
      return bias.indices.map { row in
        Float(zip(outer[row * waves.count..<(row + 1) * waves.count], waves).reduce(bias[row]) { $0 + $1.0 * $1.1 })
      }
    }
    return Tensor(shape: [images.exampleCount, classCount], scalars: scalars)
  }

  func pullback(
    at images: Tensor<Float>, cotangent: LogitCotangent
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    let logits = logits(of: images)
    let cotangents = rows(try cotangent(logits, 0..<images.exampleCount))
    let scalars = zip(rows(images), cotangents).flatMap { image, cotangent in
      let slopes = angles(image).enumerated().map { unit, angle in
        cos(angle)
          * cotangent.enumerated().reduce(0) { $0 + outer[$1.offset * phase.count + unit] * Double($1.element) }
      }
      return (0..<image.count).map { pixel in
        Float(slopes.enumerated().reduce(0) { $0 + $1.element * inner[$1.offset * image.count + pixel] })
      }
    }
    return (logits, Tensor(shape: images.shape, scalars: scalars))
  }
}

extension SineNetwork {
  /// That of all traces of `Tests/Golden`.
  static let published = Result { try goldenFile("apgd.json") as SineNetwork }
}

/// A batch of one feature vector.
func vector(_ scalars: [Float]) -> Tensor<Float> { Tensor(shape: [1, scalars.count], scalars: scalars) }

/// The largest difference of two points, infinite where they are of different lengths.
func largestError(_ found: Tensor<Float>, from expected: [Float]) -> Float {
  guard found.shape.count == expected.count else { return .infinity }
  return zip(found.scalars, expected).map { abs($0 - $1) }.max() ?? 0
}
