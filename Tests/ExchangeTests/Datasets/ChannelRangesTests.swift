import Exchange
import HDF5
import Networks
import Testing

private let ends: [Float] = [-2.118, 2.249, -2.036, 2.429, -1.804, 2.640]

private func ranges() throws -> PixelBox { try #require(PixelBox(ends: ends)) }

/// One image of three channels and two pixels each.
private struct Sample {
  let directory: TemporaryDirectory
  let path: String

  init(_ pixels: [Float], stating stated: [Float]? = nil, shape: [Int] = [3, 2]) throws {
    directory = try TemporaryDirectory()
    path = directory.path + "/sample.h5"
    try File.write(atomicallyTo: path) { root in
      let images = try root.write("x_test", pixels, shape: [1, pixels.count / 2, 1, 2])
      if let stated { try images.attributes.set("pixel_range", to: stated, shape: shape) }
      try root.write("y_test", [0] as [UInt8])
    }
  }

  func read(_ range: PixelBox? = nil) throws -> Exchange.Dataset {
    var selection = DatasetSelection()
    selection.pixelRange = range
    selection.layout = .channelsFirst
    return try Exchange.Dataset.read(from: path, selection)
  }

  func message(_ range: PixelBox? = nil) throws -> String {
    let error = try #require(throws: ExchangeError.self) { try read(range) }
    #expect(error.kind == .content)
    return String(error.description.dropFirst(path.count + 2))
  }
}

@Test func rangesOfChannelsAreKeptAsGivenAndAsStated() throws {
  let pixels: [Float] = [-2.118, 2.249, -2.036, 2.429, -1.804, 2.640]
  for dataset in [try Sample(pixels).read(try ranges()), try Sample(pixels, stating: ends).read()] {
    #expect(dataset.pixelRange == (try ranges()))
    #expect(dataset.images.scalars == pixels && dataset.clampedPixels == 0)
    #expect(dataset.detection.contains("pixels in [-2.118, 2.249], [-2.036, 2.429], [-1.804, 2.64] as "))
  }
  // What is given comes before what the file states.
  #expect(try Sample(pixels, stating: ends).read(PixelBox(-3...3)).pixelRange == -3...3)
}

@Test func aPixelOutsideTheRangeOfItsChannelIsRefused() throws {
  // In the range of the third channel, but of no other.
  #expect(
    try Sample([0, 0, 0, 2.5, 0, 0]).message(try ranges()).hasPrefix(
      "/x_test: example 0: expected pixels in [-2.036, 2.429], found 2.5 at channel 1, row 0, column 1"))
  #expect(try Sample([0, 0, 0, 0, 0, 2.5]).read(try ranges()).count == 1)
  // A rounding of a millionth of each channel's width is moved to its end.
  let rounded = try Sample([2.249_001, 0, 2.429_002, 0, 0, 0]).read(try ranges())
  #expect(rounded.images.scalars == [2.249, 0, 2.429, 0, 0, 0] && rounded.clampedPixels == 2)
}

@Test func asManyRangesAsChannelsAreExpected() throws {
  let two = try #require(PixelBox(ends: Array(ends.prefix(4))))
  #expect(
    try Sample([0, 0, 0, 0, 0, 0]).message(two)
      == "/x_test: expected one pixel range, or 3 for the channels of 3×1×2, found 2: [-2.118, 2.249], [-2.036, 2.429]")
  // Equal ranges are one, whatever their number.
  let same = try #require(PixelBox(ends: [-1, 1, -1, 1]))
  #expect(try Sample([0, 0, 0, 0, 0, 0]).read(same).pixelRange == -1...1)
}

@Test func statedEndsThatAreNoRangesAreRefused() throws {
  let lower = "/x_test: expected an attribute pixel_range of two rising numbers, or two for each channel, found "
  // All lower ends before all upper ones.
  let rows: [Float] = [-2.118, -2.036, -1.804, 2.249, 2.429, 2.640]
  #expect(try Sample([0, 0, 0, 0, 0, 0], stating: rows, shape: [2, 3]).message() == lower + "\(rows)")
  #expect(try Sample([0, 0, 0, 0, 0, 0], stating: ends, shape: [6]).message() == lower + "\(ends)")
  let falling: [Float] = [0, 1, 0, 1, 1, 0]
  #expect(try Sample([0, 0, 0, 0, 0, 0], stating: falling).message() == lower + "\(falling)")
}

@Test func aWrittenDatasetStatesTheRangesOfItsChannels() throws {
  let sample = try Sample([-2, 2, -2, 2, -1.8, 2.6])
  let dataset = try sample.read(try ranges())
  let copy = sample.directory.path + "/copy.h5"
  try dataset.write(to: copy, description: DatasetDescription(title: "t", source: "s", license: "l"))
  let attributes = try File(reading: copy).root.dataset("x").attributes
  #expect(try attributes.description(of: "pixel_range")?.shape == [3, 2])
  #expect(try attributes.numbers("pixel_range", as: Float.self) == ends)
  #expect(try Exchange.Dataset.read(from: copy).pixelRange == dataset.pixelRange)
  #expect(throws: ExchangeError.self) {
    try dataset.write(
      to: copy, as: .uint8, description: DatasetDescription(title: "t", source: "s", license: "l"))
  }
}

@Test func anAdversarialSetKeepsTheRangesOfItsChannels() throws {
  let directory = try TemporaryDirectory()
  let images = Tensor<Float>(shape: [1, 3, 1, 2], repeating: 0)
  func set(_ bounds: PixelBox) -> AdversarialSet {
    AdversarialSet(
      images: images, adversarial: images,
      examples: [
        AdversarialSet.Example(
          id: 0, label: 0, cleanPrediction: 0, adversarialPrediction: 0, isSuccess: false, status: "robust",
          distanceLinf: 0, distanceL2: 0, forwards: 1, backwards: 1)
      ], statusNames: ["robust"], threat: AdversarialSet.Threat(norm: "linf", epsilon: 0.1, bounds: bounds),
      attack: "{}", provenance: Provenance())
  }
  let path = directory.path + "/adv.h5"
  try set(try ranges()).write(to: path)
  #expect(try File(reading: path).root.attributes.description(of: "bounds")?.shape == [3, 2])
  #expect(try AdversarialSet.read(from: path).threat.bounds == (try ranges()))
  try set(try #require(PixelBox(ends: Array(ends.prefix(4))))).write(to: path)
  let error = #expect(throws: ExchangeError.self) { try AdversarialSet.read(from: path) }
  #expect(error?.message == "expected bounds of one pixel range, or 3 for the channels of 3×1×2, found 2")
}
