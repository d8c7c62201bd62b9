import Defences
import Networks

/// The image of 5 by 4 pixels that SciPy 1.17.1 and Pillow 13.0.0 filtered.
let filteredImage: [UInt8] = (0..<20).map { (i: Int) in UInt8(((7 * i + 37) * i + 11) % 256) }

/// It as pixels of [0, 1].
let filteredPixels = Tensor<Float>(shape: [1, 1, 5, 4], scalars: filteredImage.map { Float($0) / 255 })

/// Images with no two equal pixels.
func randomImages(count: Int = 3, shape: Shape = [2, 7, 6], seed: UInt64 = 4) -> Tensor<Float> {
  var stream = RandomSource(seed: seed).stream(.data)
  return Tensor(shape: shape.batched(count), scalars: (0..<count * shape.count).map { _ in stream.uniform() })
}

/// Σ a b in double precision.
func inner(_ a: Tensor<Float>, _ b: Tensor<Float>) -> Double {
  zip(a.scalars, b.scalars).reduce(0) { $0 + Double($1.0) * Double($1.1) }
}

/// How far ⟨c, J d⟩ by two-sided differences is from ⟨Jᵀ c, d⟩, relative to its size.
///
/// With h = 2⁻⁷ and piecewise linear maps the differences are exact but for the rounding of pixels, some 1e-7 / h = 1e-5.
func slopeError(of preprocessor: any Preprocessor, at images: Tensor<Float>) throws -> Double {
  let direction = randomImages(count: images.exampleCount, shape: images.shape.example, seed: 11)
  func moved(_ step: Float) -> Tensor<Float> {
    Tensor(shape: images.shape, scalars: zip(images.scalars, direction.scalars).map { $0 + step * $1 })
  }
  let ahead = try preprocessor.apply(moved(0x1p-7), draw: Draw())
  let behind = try preprocessor.apply(moved(-0x1p-7), draw: Draw())
  let cotangent = randomImages(count: ahead.exampleCount, shape: ahead.shape.example, seed: 12)
  let numeric = (inner(cotangent, ahead) - inner(cotangent, behind)) / 0x1p-6
  let exact = inner(try preprocessor.pullback(cotangent, at: images, draw: Draw()), direction)
  return abs(exact - numeric) / abs(numeric)
}
