import Exchange
import Networks
import Testing

/// The images of a class, one for each file, in the order of the names.
private func read(
  _ files: [(name: String, bytes: [UInt8])], _ selection: DatasetSelection = DatasetSelection()
) throws -> Dataset {
  let directory = try TemporaryDirectory()
  for (name, bytes) in files { try directory.write("a/\(name)", bytes) }
  return try Dataset.read(from: directory.path, selection)
}

/// The samples of one image as bytes, channel by channel.
private func samples(_ bytes: [UInt8]) throws -> [Float] {
  try read([("1.png", bytes)]).images.scalars.map { $0 * 255 }
}

private func message(_ bytes: [UInt8], beside other: [UInt8]? = nil) throws -> String {
  let files = [("1.png", other ?? bytes), ("2.png", bytes)]
  return try #require(throws: ExchangeError.self) { try read(files) }.message
}

/// As libpng's simplified interface does not: it converts by the gamma, and multiplies by alpha.
@Test func samplesOfPNGAreThoseThatAreStored() throws {
  let gamma = pngChunk("gAMA", [0, 1, 0x86, 0xA0])
  let sRGB = pngChunk("sRGB", [0])
  for chunks in [[], gamma, sRGB] {
    #expect(try samples(png(3, 1, .grey, rows: [[0, 100, 255]], chunks: chunks)) == [0, 100, 255])
    #expect(
      try samples(png(2, 1, .rgb, rows: [[1, 2, 3, 101, 102, 103]], chunks: chunks)) == [1, 101, 2, 102, 3, 103])
    #expect(try samples(png(2, 1, .greyAlpha, rows: [[100, 0, 200, 7]], chunks: chunks)) == [100, 200])
    #expect(try samples(png(1, 1, .rgbAlpha, rows: [[10, 20, 30, 0]], chunks: chunks)) == [10, 20, 30])
  }
}

@Test func fewBitsAreSpreadOverTheRange() throws {
  #expect(try samples(png(3, 1, .grey, bits: 1, rows: [[0b1010_0000]])) == [255, 0, 255])
  #expect(try samples(png(4, 1, .grey, bits: 2, rows: [[0b0001_1011]])) == [0, 85, 170, 255])
  #expect(try samples(png(3, 1, .grey, bits: 4, rows: [[0x1F, 0x80]])) == [17, 255, 136])
}

@Test(arguments: [UInt8(1), 2, 4, 8]) func palettesBecomeColors(bits: UInt8) throws {
  let palette = pngChunk("PLTE", [1, 2, 3, 11, 12, 13])
  // Transparency of the first color changes nothing.
  let transparent = pngChunk("tRNS", [0])
  // The second color, then the first.
  let image = png(2, 1, .palette, bits: bits, rows: [bits == 8 ? [1, 0] : [1 << (8 - bits)]], chunks: palette)
  #expect(try samples(image) == [11, 1, 12, 2, 13, 3])
  let other = png(
    2, 1, .palette, bits: bits, rows: [bits == 8 ? [1, 0] : [1 << (8 - bits)]], chunks: palette + transparent)
  #expect(try samples(other) == [11, 1, 12, 2, 13, 3])
  #expect(try read([("1.png", other)]).detection.contains("images whose alpha is left out: 1"))
  // Where Pillow makes a grey up, and libpng black.
  if bits > 1 {
    let beyond = png(2, 1, .palette, bits: bits, rows: [bits == 8 ? [1, 2] : [2 << (8 - bits)]], chunks: palette)
    #expect(try message(beyond).hasSuffix("(libpng: a color that the palette lacks)"))
  }
  #expect(try message(png(2, 1, .palette, bits: 8, rows: [[0, 0]])).contains("expected a whole PNG image"))
}

@Test func sixteenBitsAreWholeFractions() throws {
  let image = png(2, 1, .grey, bits: 16, rows: [[0x12, 0x34, 0xFF, 0xFF]])
  let dataset = try read([("1.png", image)])
  #expect(dataset.images.scalars == [Float(0x1234) / 65535, 1])
  #expect(dataset.detection.hasPrefix("1 images 1×1×2 of 16 bits, divided by 65535"))
  #expect(dataset.pixelDivisor == 65535)
  #expect(
    try read([("1.png", png(1, 1, .rgbAlpha, bits: 16, rows: [[0, 1, 0, 2, 1, 0, 0, 0]]))]).images.scalars
      == [1, 2, 256].map { Float($0) / 65535 })
  var stored = DatasetSelection()
  stored.pixelRange = PixelBox(0...65535)
  let whole = try read([("1.png", image)], stored)
  #expect(whole.images.scalars == [0x1234, 65535] && whole.pixelDivisor == 1)
  #expect(
    try message(image, beside: png(2, 1, rows: [[1, 2]])).hasSuffix("found 16; save all images with one depth first"))
}

@Test func interlacedImagesAreRead() throws {
  // One row of 5: the passes hold columns 0; 4; none; 2; none; 1 and 3.
  var image = png(5, 1, .grey, rows: [[10], [50], [30], [20, 40]])
  image[28] = 1
  image.replaceSubrange(8..<33, with: pngChunk("IHDR", Array(image[16..<29])))
  #expect(try samples(image) == [10, 20, 30, 40, 50])
}

@Test func samplesOfJPEGAreThoseOfPillow() throws {
  let (color, progressive) = (SampleJPEG.colorPixels, SampleJPEG.progressivePixels)
  #expect(try samples(SampleJPEG.color) == (0..<3).flatMap { channel in color.map { Float($0[channel]) } })
  #expect(try samples(SampleJPEG.progressive) == (0..<3).flatMap { channel in progressive.map { Float($0[channel]) } })
  #expect(try samples(SampleJPEG.grey) == SampleJPEG.greyPixels.map(Float.init))
}

@Test func greyAmongColorsIsTakenAsRGB() throws {
  let grey = try read([("1.jpg", SampleJPEG.grey), ("2.png", greyPNG(7, width: 3))])
  #expect(grey.imageShape == [1, 2, 3] && !grey.detection.contains("RGB"))
  let files = [("1.jpg", SampleJPEG.grey), ("2.png", greyPNG(7, width: 3)), ("3.jpeg", SampleJPEG.color)]
  let mixed = try read(files)
  #expect(mixed.imageShape == [3, 2, 3])
  #expect(mixed.images.scalars[18..<36].map { ($0 * 255).rounded() } == Array(repeating: 7, count: 18))
  #expect(mixed.detection.contains("; grey images among colored ones, taken as RGB: 2"))
  // Whichever images are selected, each is understood in one way.
  #expect(try read(files, DatasetSelection(count: 1)).imageShape == [3, 2, 3])
}

@Test func bytesMayBeKept() throws {
  var stored = DatasetSelection()
  stored.pixelRange = PixelBox(0...255)
  let dataset = try read([("1.png", greyPNG(200))], stored)
  #expect(dataset.images.scalars == [200, 200, 200, 200] && dataset.pixelRange == 0...255)
  #expect(dataset.pixelDivisor == 1)
  #expect(try read([("1.png", greyPNG(200))]).pixelDivisor == 255)
}

@Test func theKindIsThatOfTheBytes() throws {
  #expect(try samples(SampleJPEG.grey) == samples(SampleJPEG.grey))
  #expect(try read([("1.jpg", greyPNG(9))]).images.scalars[0] == Float(9) / 255)
  #expect(try message([]).hasSuffix("found an empty file"))
  #expect(try message(Array("RIFF....WEBPVP8 ".utf8)).hasSuffix("found something else"))
  #expect(try message(Array("version https://git-lfs.github.com/spec/v1\n".utf8)).contains("a Git LFS pointer"))
}

@Test func imagesOfAnotherSizeAreRefused() throws {
  let directory = try TemporaryDirectory()
  try directory.write("a/1.png", greyPNG(1, width: 3, height: 2))
  try directory.write("b/0.png", greyPNG(1, width: 2, height: 3))
  let error = try #require(throws: ExchangeError.self) { try Dataset.read(from: directory.path) }
  #expect(error.file == directory.path + "/b/0.png" && error.kind == .content)
  #expect(
    error.message == "expected 3×2 pixels (width×height), as \(directory.path)/a/1.png has, found 2×3; resize all "
      + "images to one size first")
  // Even where only others are selected.
  #expect(throws: ExchangeError.self) { try Dataset.read(from: directory.path, DatasetSelection(count: 1)) }
}

@Test func imagesThatAreCutShortAreRefused() throws {
  let images = [png(8, 8, .rgb, rows: (0..<8).map { row in (0..<24).map { UInt8(row * 24 + $0) } }), SampleJPEG.color]
  for image in images + [SampleJPEG.progressive, SampleJPEG.grey] {
    for count in 0..<image.count {
      // The last two bytes of JPEG mark the end; without them, no pixel is missing, but nobody knows.
      #expect(throws: ExchangeError.self) { try read([("1.png", Array(image.prefix(count)))]) }
    }
  }
}

@Test func damagedImagesAreRefused() throws {
  let image = png(8, 8, .rgb, rows: (0..<8).map { row in (0..<24).map { UInt8(row * 24 + $0) } })
  // Every byte belongs to the signature, a length, a name, or what a checksum covers.
  for position in image.indices {
    var damaged = image
    damaged[position] ^= 0x10
    #expect(throws: ExchangeError.self, "byte \(position)") { try read([("1.png", damaged)]) }
  }
  // Any byte of a JPEG may be another one: what is read then is an image of some kind, or an error.
  for position in SampleJPEG.color.indices {
    for bit in 0..<8 {
      var damaged = SampleJPEG.color
      damaged[position] ^= 1 << bit
      _ = try? read([("1.png", damaged)])
    }
  }
}

@Test func headersThatPromiseTooMuchAreRefused() throws {
  func bomb(_ width: Int, _ height: Int) throws -> String {
    try message(png(width, height, .rgb, rows: [[1, 2, 3]]))
  }
  #expect(try bomb(60_000, 60_000).hasSuffix("found 60000×60000 pixels"))
  // Within the size that is read, but more than so few bytes hold.
  #expect(try bomb(4_000, 4_000).hasSuffix("found 4000×4000 pixels"))
  #expect(try bomb(100, 100).contains("expected a whole PNG image"))
  #expect(try bomb(Int(UInt32.max), 1).contains("expected a whole PNG image"))
  #expect(try bomb(0, 1).contains("expected a whole PNG image"))
  var jpeg = SampleJPEG.grey
  let frame = try #require(jpeg.indices.first { jpeg[$0...].starts(with: [0xFF, 0xC0]) })
  for (height, width) in [(60_000, 60_000), (4_000, 4_000), (0, 3), (2, 0), (0, 0)] {
    let sides = [height, width].flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
    jpeg.replaceSubrange(frame + 5..<frame + 9, with: sides)
    let found = try message(jpeg)
    #expect(found.contains(height * width == 0 ? "expected a whole JPEG image" : "found \(width)×\(height) pixels"))
  }
}

@Test func fourInksAreRefused() throws {
  #expect(try message(SampleJPEG.cmyk).hasSuffix("one with the four inks of printing (CMYK); convert it to RGB"))
}

/// A header may stand behind much that is not read: a profile, a preview.
@Test func headersMayComeLate() throws {
  let profile = pngChunk("iCCP", Array("a\0\0".utf8) + Array(repeating: 1, count: 40_000))
  #expect(try samples(png(1, 1, rows: [[9]], chunks: profile)) == [9])
  let segments = (0..<3).flatMap { _ in [0xFF, 0xE2, 0xFF, 0xFF] + [UInt8](repeating: 3, count: 65_533) }
  let late = SampleJPEG.grey[..<2] + segments + SampleJPEG.grey[2...]
  #expect(try samples(Array(late)) == SampleJPEG.greyPixels.map(Float.init))
}

/// What the lab writes is read again, sample by sample.
@Test(arguments: [(1, 1, 1), (5, 3, 1), (3, 7, 3), (32, 32, 3)])
func writtenPNGIsReadAgain(width: Int, height: Int, channels: Int) throws {
  let written = (0..<width * height * channels).map { UInt8($0 * 41 % 256) }
  let bytes = try #require(PNGEncoder.bytes(of: written, width: width, height: height, channels: channels))
  let planes = (0..<channels).flatMap { channel in
    stride(from: channel, to: written.count, by: channels).map { Float(written[$0]) }
  }
  #expect(try samples(bytes).map { $0.rounded() } == planes)
}

@Test func noImageIsNotWritten() {
  #expect(PNGEncoder.bytes(of: [], width: 0, height: 5, channels: 1) == nil)
}
