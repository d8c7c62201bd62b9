import Defences
import Networks
import Testing

/// The round trip of Pillow 13.0.0 (libjpeg-turbo 3.2.0): `Image.fromarray(a).save(b, "JPEG", quality=q)` and back.
@Suite struct JPEGTests {
  private func hexadecimal(_ image: Tensor<Float>) -> String {
    image.scalars.map { pixel in
      let text = String(Int((pixel * 255).rounded()), radix: 16)
      return text.count == 1 ? "0" + text : text
    }.joined()
  }

  @Test(arguments: [
    (10, "0e53a7d226416273fffbe6e2765230348e7d7996"), (75, "044068c61760f360eea233e9b7778654657081a2"),
  ]) func greyAsInPillow(quality: Int, expected: String) throws {
    #expect(hexadecimal(try JPEG(quality: quality).apply(filteredPixels, draw: Draw())) == expected)
  }

  @Test(arguments: [
    (
      10,
      "251e47756f957d7898aeaac39a98a6605f6485867e696d56868c68696385373252bebad5726f84615f6da5a4aa444540a2a594e1e5ca605c73b3"
        + "b0c54542558683947b798635343cbbbbbd8788839a9c918b8a926a697193929a6c6b7368676f8d8b966d6b769997a248465187897e696b"
        + "609a9b9582828086858aa09ea96562757a76918b85ab73785ababea34e513ca7a99cb2b2b25e5c69b1adc84c45719389c6c4cc9b5c6337"
        + "afb59161654e72736dc8c6d34f496d8b81bd4c3f91"
    ),
    (
      75,
      "002a4451969d89debd1e5b329c917f5b534633715a89ccab8687656795af3d737d63ab95a1cfb56c5754dec8ca09332970a18cd5d6b74e627b82"
        + "9faf5f8b8a607475572c47ab7897a3a0b14c5a5aada89446324b797488839aa2394551ba92b42a001c7c627de2dfea2b3c32c77d968859"
        + "6d6972798fa3aa94879993768c59384d77758271b1b1a24a56dba0a629252479938ac6e0d33a463ac6b2b36862704f84a4f4bbaac49988"
        + "8c7d6a546c4c39854784ce8f6f7f5a7a6c794d3d95"
    ),
  ]) func coloursAsInPillow(quality: Int, expected: String) throws {
    let interleaved = (0..<189).map { (i: Int) in (i * 29 + i / 27 * 13 + 5 * (i % 3) * i) % 256 }
    let planes = (0..<3).flatMap { channel in (0..<63).map { Float(interleaved[$0 * 3 + channel]) / 255 } }
    let result = try JPEG(quality: quality).apply(Tensor(shape: [1, 3, 7, 9], scalars: planes), draw: Draw())
    let bytes = (0..<189).map { result.scalars[$0 % 3 * 63 + $0 / 3] }
    #expect(hexadecimal(Tensor(shape: [1, 189], scalars: bytes)) == expected)
  }

  @Test func otherNumbersOfChannelsAreGreyImages() throws {
    let one = try JPEG().apply(filteredPixels, draw: Draw())
    let two = Tensor(shape: [1, 2, 5, 4], scalars: filteredPixels.scalars + filteredPixels.scalars)
    #expect(try JPEG().apply(two, draw: Draw()).scalars == one.scalars + one.scalars)
  }

  @Test func extremePixelsAndSizes() throws {
    let odd = Tensor<Float>(shape: [1, 1, 2, 2], scalars: [.nan, .infinity, -3, 1e30])
    #expect(try JPEG(quality: 100).apply(odd, draw: Draw()).scalars.allSatisfy { (0...1).contains($0) })
    let wide = Tensor<Float>(shape: [1, 1, 1, 65501])
    #expect(throws: DefenceError.self) { try JPEG().apply(wide, draw: Draw()) }
    let empty = Tensor<Float>(shape: [0, 1, 4, 4])
    #expect(try JPEG().apply(empty, draw: Draw()).exampleCount == 0)
    let bytes = Tensor<Float>(shape: [1, 1, 1, 1], scalars: [200])
    #expect(try JPEG(quality: 100, bounds: 0...255).apply(bytes, draw: Draw()).scalars == [200])
  }
}
