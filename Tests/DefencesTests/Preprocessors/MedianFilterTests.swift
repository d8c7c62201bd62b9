import Defences
import Networks
import Testing

@Suite struct MedianFilterTests {
  /// scipy.ndimage.median_filter(image, size, mode="reflect"): odd, even, and a window larger than the image.
  @Test(arguments: [
    (
      3,
      [
        15, 55, 113, 185, 55, 113, 115, 185, 143, 139, 115, 101, 143, 129, 129, 129, 103, 109, 129, 129,
      ] as [UInt8]
    ),
    (2, [11, 55, 113, 185, 15, 55, 115, 185, 243, 143, 143, 229, 243, 183, 139, 109, 183, 139, 129, 129]),
    (7, [113, 115, 113, 115, 113, 113, 113, 113, 113, 113, 113, 113, 113, 115, 113, 115, 129, 139, 129, 129]),
  ]) func asInSciPy(size: Int, expected: [UInt8]) throws {
    let filtered = try MedianFilter(size: size).apply(filteredPixels, draw: Draw())
    #expect(filtered.scalars == expected.map { Float($0) / 255 })
  }

  /// With small steps no median changes its place; h is small against the differences of pixels only here and there, so
  /// the images are spread out.
  @Test(arguments: [2, 3, 5]) func theGradientGoesToTheMedian(size: Int) throws {
    var stream = RandomSource(seed: 3).stream(.data)
    let ranks = (0..<3).flatMap { _ in stream.permutation(84) }
    let images = Tensor<Float>(shape: [3, 2, 7, 6], scalars: ranks.map { Float($0) })
    let error = try slopeError(of: MedianFilter(size: size), at: images)
    // Pixels up to 84 are rounded to 2⁻¹⁸, over h = 2⁻⁷.
    #expect(error < 1e-3, "\(error)")
  }

  @Test func onlyPlanesCanBeFiltered() {
    let flat = Tensor<Float>(shape: [2, 10])
    #expect(throws: DefenceError.self) { try MedianFilter().apply(flat, draw: Draw()) }
  }
}
