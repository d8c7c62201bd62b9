import Exchange
import Glibc
import Networks
import Testing

private func idx(_ shape: [Int], type: UInt8 = 0x08, _ bytes: [UInt8]) -> [UInt8] {
  let extents = shape.flatMap { extent in (0..<4).map { UInt8(truncatingIfNeeded: extent >> (24 - 8 * $0)) } }
  return [0, 0, type, UInt8(shape.count)] + extents + bytes
}

private let threeImages = idx([3, 2, 2], (0..<12).map { UInt8($0 * 20) })
private let threeLabels = idx([3], [1, 0, 2])

private func directory(
  images: [UInt8] = threeImages, labels: [UInt8] = threeLabels, suffix: String = ""
) throws -> TemporaryDirectory {
  let directory = try TemporaryDirectory()
  try directory.write("t10k-images-idx3-ubyte\(suffix)", images)
  try directory.write("t10k-labels-idx1-ubyte\(suffix)", labels)
  return directory
}

private func error(images: [UInt8] = threeImages, labels: [UInt8] = threeLabels) throws -> ExchangeError {
  let directory = try directory(images: images, labels: labels)
  let error = try #require(throws: ExchangeError.self) { try Dataset.read(from: directory.path) }
  #expect(error.kind == .content)
  #expect(error.file.hasPrefix(directory.path))
  return error
}

@Test func plainFilesAreRead() throws {
  let directory = try directory()
  let dataset = try Dataset.read(from: directory.path)
  #expect(dataset.images.shape == [3, 1, 2, 2])
  #expect(dataset.images.scalars == (0..<12).map { Float($0 * 20) / 255 })
  #expect(dataset.labels == [1, 0, 2])
  #expect(dataset.ids == [0, 1, 2])
  #expect(dataset.classCount == 3)
  #expect(dataset.split == "test")
  #expect(dataset.clampedPixels == 0)
  let lines = zip([threeImages, threeLabels], ["images-idx3", "labels-idx1"]).map { bytes, name in
    "\(SHA256.hex(of: bytes))  t10k-\(name)-ubyte\n"
  }
  #expect(dataset.sha256 == SHA256.hex(of: lines.joined().utf8))
}

@Test func compressedFilesAndRangesAreRead() throws {
  let directory = try directory(images: gzipped(threeImages), labels: gzipped(threeLabels), suffix: ".gz")
  let dataset = try Dataset.read(from: directory.path, DatasetSelection(offset: 1, count: 5))
  #expect(dataset.images.scalars == (4..<12).map { Float($0 * 20) / 255 })
  #expect(dataset.labels == [0, 2])
  #expect(dataset.ids == [1, 2])
  #expect(dataset.classCount == 3)
}

/// More than is read at once, a mebibyte: the rows taken lie on both sides of the seam.
@Test(arguments: [false, true]) func rowsAcrossBlocksAreRead(compressed: Bool) throws {
  let pixels = (0..<1100 * 1024).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 9) }
  let (images, labels) = (idx([1100, 32, 32], pixels), idx([1100], (0..<1100).map { UInt8($0 % 10) }))
  let directory = try directory(
    images: compressed ? gzipped(images) : images, labels: compressed ? gzipped(labels) : labels)
  let dataset = try Dataset.read(from: directory.path, DatasetSelection(offset: 1020, count: 10))
  #expect(dataset.images.scalars == pixels[1020 * 1024..<1030 * 1024].map { Float($0) / 255 })
  #expect(dataset.labels == Array(0..<10))
  #expect(dataset.ids == Array(1020..<1030))
}

/// A name is no evidence: compressed data under a plain name is decompressed all the same.
@Test func compressionIsRecognisedByContent() throws {
  let directory = try directory(images: gzipped(threeImages))
  #expect(try Dataset.read(from: directory.path).count == 3)
}

@Test func theOtherSplitHasMoreClasses() throws {
  let directory = try directory()
  try directory.write("train-labels-idx1-ubyte", idx([2], [9, 0]))
  #expect(try Dataset.read(from: directory.path).classCount == 10)
}

@Test func missingFilesAreMissing() throws {
  let directory = try TemporaryDirectory()
  try directory.write("t10k-images-idx3-ubyte", threeImages)
  let error = #expect(throws: ExchangeError.self) { try Dataset.read(from: directory.path) }
  #expect(error?.kind == .missing)
  #expect(error?.message == "expected the IDX file t10k-labels-idx1-ubyte, plain or .gz, found none")
  let split = #expect(throws: ExchangeError.self) {
    try Dataset.read(from: directory.path, DatasetSelection(split: "validation"))
  }
  #expect(split?.message == "expected the split train or test, found validation")
}

@Test func anUnreadableFileIsMissing() throws {
  let directory = try directory()
  unlink(directory.path + "/t10k-labels-idx1-ubyte")
  symlink("/nonexistent", directory.path + "/t10k-labels-idx1-ubyte")
  let error = #expect(throws: ExchangeError.self) { try Dataset.read(from: directory.path) }
  #expect(error?.kind == .missing)
}

@Test func wrongHeadersAreRefused() throws {
  #expect(try error(images: []).message.hasSuffix("found an empty file"))
  #expect(
    try error(images: Array("PNG!".utf8) + threeImages).message
      == "expected the magic number of an IDX file, 00 00 08 03, found 50 4e 47 21")
  #expect(try error(images: idx([3, 2, 2], type: 0x0D, [])).message == "expected elements uint8, found float32")
  #expect(try error(images: threeLabels).message == "expected 3 dimensions, found 1")
  #expect(try error(images: [0, 0, 8, 3, 0, 0]).message == "expected 3 extents, found the end of the file")
}

@Test func lengthsMustMatchTheHeader() throws {
  #expect(
    try error(images: Array(threeImages.dropLast())).message
      == "expected 12 bytes of data for the shape 3×2×2, found at most 11")
  #expect(
    try error(images: threeImages + [0]).message == "expected the end of the file after 28 bytes, found more bytes")
  #expect(try error(images: idx([0, 2, 2], [])).message == "expected at least one example, found none")
  #expect(try error(images: idx([3, 0, 2], [])).message == "expected at least one pixel, found 3×0×2")
  #expect(try error(labels: idx([2], [0, 1])).message == "expected 3 labels, one for each image, found 2")
}

@Test func damagedCompressionIsRefused() throws {
  let whole = gzipped(threeImages)
  #expect(
    try error(images: Array(whole.dropLast(9))).message
      == "expected gzip data up to its checksum, found the end of the file")
  var flipped = whole
  flipped[whole.count - 6] ^= 1
  #expect(try error(images: flipped).message == "expected gzip data, found damaged data (incorrect data check)")
  #expect(try error(images: whole + [0]).message == "expected the end of the file after 28 bytes, found more bytes")
  #expect(
    try error(images: gzipped(threeImages + [0])).message
      == "expected the end of the file after 28 bytes, found more bytes")
}

/// 64 MiB of zeros in 64 KiB behind a header of three images: only what the header declares is ever decompressed.
@Test func aBombIsDecompressedNoFurtherThanItsHeader() throws {
  let bomb = gzipped(threeImages + Array(repeating: 0, count: 64 << 20))
  #expect(bomb.count < 70_000)
  #expect(try error(images: bomb).message == "expected the end of the file after 28 bytes, found more bytes")
}

/// Headers that claim more than any file of this size can hold are refused before memory is taken.
@Test func claimsBeyondTheFileAreRefused() throws {
  let extent = Int(Int32.max)
  #expect(
    try error(images: idx([extent, extent, extent], [])).message
      == "expected at most 4294967296 elements, found the shape \(extent)×\(extent)×\(extent)")
  #expect(
    try error(images: gzipped(idx([1 << 16, 256, 256], []))).message.hasPrefix(
      "expected 4294967296 bytes of data for the shape 65536×256×256, found at most"))
}

@Test func offsetsOutsideAreRefused() throws {
  let directory = try directory()
  for (offset, count, message) in [
    (3, 1, "expected an offset in 0..<3, found 3"), (-1, 1, "expected an offset in 0..<3, found -1"),
    (0, 0, "expected a count of at least 1, found 0"),
  ] {
    let error = #expect(throws: ExchangeError.self) {
      try Dataset.read(from: directory.path, DatasetSelection(offset: offset, count: count))
    }
    #expect(error?.message == message)
  }
}

@Test(.enabled(if: SharedFiles.path("data/mnist") != nil))
func mnistAsPublished() throws {
  let path = try #require(SharedFiles.path("data/mnist"))
  let test = try Dataset.read(from: path)
  #expect(test.images.shape == [10_000, 1, 28, 28])
  #expect(test.labels.prefix(10) == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9])
  #expect(test.classCount == 10)
  let train = try Dataset.read(from: path, DatasetSelection(split: "train"))
  #expect(train.count == 60_000)
  #expect(train.labels.prefix(10) == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4])
  // Mean 0.1307 and standard deviation 0.3081 are the constants every MNIST example normalises with; half a unit of
  // their last digit.
  let mean = train.images.scalars.reduce(0.0) { $0 + Double($1) } / Double(train.images.scalars.count)
  #expect(abs(mean - 0.1307) < 0.5e-4, "\(mean)")
}
