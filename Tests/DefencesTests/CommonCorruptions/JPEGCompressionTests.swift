import Attacks
import Defences
import Networks
import Testing

/// The family is the codec at the published qualities, in the units of the box.
@Test(arguments: zip(Severity.allCases, [80, 65, 58, 50, 40]))
func compressionHasThePublishedQualities(severity: Severity, quality: Int) throws {
  let unit = Tensor<Float>(shape: [1, 3, 8, 8], scalars: (0..<192).map { Float($0 * 37 % 256) / 255 })
  let bytes = Tensor<Float>(shape: unit.shape, scalars: unit.scalars.map { $0 * 255 })
  let found = try JPEGCompression().images(
    severity, of: bytes, ids: [0], bounds: PixelBox(0...255), random: RandomSource(seed: 0))
  let expected = try JPEG(quality: quality).apply(unit, draw: Draw())
  // Bytes over 255 and times 255 again.
  #expect(zip(found.scalars, expected.scalars).allSatisfy { abs($0 - 255 * $1) < 1e-3 })
}
