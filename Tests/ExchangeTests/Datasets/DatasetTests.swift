import Exchange
import Networks
import Testing

private let origin = Dataset.Origin(
  images: .init(file: "set.h5", object: "/x_test"), labels: .init(file: "set.h5", object: "/y_test"))

private func dataset(
  _ pixels: [Float] = [0, 0.25, 0.5, 1], shape: Shape = [2, 1, 1, 2], labels: [Int] = [0, 1], ids: [Int]? = nil,
  classCount: Int = 2, names: [String]? = nil, range: ClosedRange<Float> = 0...1
) throws -> Dataset {
  try Dataset(
    name: "set", split: "test", images: Tensor(shape: shape, scalars: pixels), labels: labels, ids: ids,
    classCount: classCount, classNames: names, pixelRange: PixelBox(range), origin: origin)
}

private func message(_ body: () throws -> Dataset) throws -> String {
  let error = try #require(throws: ExchangeError.self) { try body() }
  #expect(error.kind == .content)
  return error.description
}

@Test func partsKeepTheirIDs() throws {
  let whole = try dataset([0, 0.1, 0.2, 0.3, 0.4], shape: [5, 1, 1, 1], labels: [0, 1, 2, 1, 0], classCount: 3)
  let part = whole.selecting([1, 2, 3])
  #expect(part.ids == [1, 2, 3])
  #expect(part.labels == [1, 2, 1])
  #expect(part.images.scalars == [0.1, 0.2, 0.3])
  let chosen = part.selecting([2, 0, 2])
  #expect(chosen.ids == [3, 1, 3])
  #expect(chosen.images.scalars == [0.3, 0.1, 0.3])
  #expect(chosen.classCount == 3)
}

@Test func shapesAndCountsMustMatch() throws {
  #expect(
    try message { try dataset(shape: [2, 1, 2]) }
      == "set.h5: /x_test: expected images of shape N×C×H×W or vectors of shape N×D, found 2×1×2")
  #expect(
    try message { try dataset([], shape: [0, 1, 1, 2], labels: []) }
      == "set.h5: /x_test: expected at least one image, found 0×1×1×2")
  #expect(
    try message { try dataset(labels: [0]) } == "set.h5: /y_test: expected 2 labels, one for each image, found 1")
}

@Test func labelsMustBeClasses() throws {
  #expect(
    try message { try dataset(labels: [0, 2], ids: [10, 11]) }
      == "set.h5: /y_test: example 11: expected a label in 0..<2, found 2")
  #expect(
    try message { try dataset(labels: [-1, 0]) }
      == "set.h5: /y_test: example 0: expected a label in 0..<2, found -1")
  #expect(try message { try dataset(classCount: 0) }.contains("expected 1 to 1000000 classes, found 0"))
  #expect(try message { try dataset(names: ["a"]) }.contains("expected a name for each of 2 classes, found 1"))
}

@Test func pixelsMustLieInTheirRange() throws {
  #expect(
    try message { try dataset([0, 0.5, 0, 1.5]) }
      == "set.h5: /x_test: example 1: expected pixels in [0.0, 1.0], found 1.5 at channel 0, row 0, column 1"
      + "; --pixel-range low:high states another range, such as 0:2")
  #expect(try message { try dataset([0, .nan, 0, 0]) }.contains("example 0: expected pixels in [0.0, 1.0], found nan"))
  #expect(try message { try dataset([-.infinity, 0, 0, 0]) }.contains("found -inf"))
  #expect(try message { try dataset(range: 0...0) }.contains("expected a pixel range of two different numbers"))
  #expect(try dataset([-1, 255, 0, 7], range: -1...255).clampedPixels == 0)
}

@Test func roundingIsMovedIntoTheRangeAndCounted() throws {
  // One unit in the last place of 1 is 1.2e-7, inside the millionth that is allowed; 2e-6 is outside.
  let rounded = try dataset([-5e-7, 0.5, (1 as Float).nextUp, 1])
  #expect(rounded.clampedPixels == 2)
  #expect(rounded.images.scalars == [0, 0.5, 1, 1])
  #expect(throws: ExchangeError.self) { try dataset([-2e-6, 0, 0, 0]) }
  // The tolerance grows with the range: 255 millionths here.
  #expect(try dataset([255.0002, 0, 0, 0], range: 0...255).images.scalars[0] == 255)
}
