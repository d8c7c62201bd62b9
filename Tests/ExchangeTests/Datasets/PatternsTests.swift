import Exchange
import Networks
import Testing

@Test func classesAreBalancedAndNamed() throws {
  let dataset = try Patterns(hasDot: true).dataset(split: "train", count: 40)
  #expect(dataset.images.shape == [40, 1, 8, 8])
  for label in 0..<4 { #expect(dataset.labels.count { $0 == label } == 10) }
  #expect(dataset.classNames == ["vertical", "horizontal", "diagonal", "dot"])
  #expect(try Patterns().dataset(split: "train", count: 3).classNames == ["vertical", "horizontal", "diagonal"])
  #expect(throws: ExchangeError.self) { try Patterns().dataset(split: "train", count: 0) }
}

@Test func anImageDependsOnSeedSplitAndIndexAlone() throws {
  let long = try Patterns(seed: 7).dataset(split: "train", count: 30)
  let short = try Patterns(seed: 7).dataset(split: "train", count: 12)
  #expect(long.selecting(Array(0..<12)).images == short.images)
  #expect(try Patterns(seed: 8).dataset(split: "train", count: 12).images != short.images)
  #expect(try Patterns(seed: 7).dataset(split: "test", count: 12).images != short.images)
}

/// Without noise an image is exactly its figure, so the figure can be recognised by its invariants.
@Test func imagesWithoutNoiseShowTheirClass() throws {
  let dataset = try Patterns(seed: 3, noise: 0, hasDot: true).dataset(split: "train", count: 400)
  var widths: [Set<Int>] = Array(repeating: [], count: 4)
  var figures = Set<[Float]>()
  for (index, label) in dataset.labels.enumerated() {
    let pixels = Array(dataset.images.examples(index..<index + 1).scalars)
    #expect(pixels.allSatisfy { $0 == 0 || $0 == 1 })
    figures.insert(pixels)
    let lit = pixels.indices.filter { pixels[$0] == 1 }.map { (row: $0 / 8, column: $0 % 8) }
    let key: ((row: Int, column: Int)) -> Int =
      switch label {
      case 0: { $0.column }
      case 1: { $0.row }
      default: { $0.column - $0.row }
      }
    let offsets = Set(lit.map(key))
    if label < 3 {
      widths[label].insert(offsets.count)
      // Every pixel of the lines it touches is lit, and no other.
      #expect(lit.count == offsets.reduce(0) { $0 + (label == 2 ? 8 - abs($1) : 8) })
      let (low, high) = (offsets.min() ?? 0, offsets.max() ?? 0)
      #expect(high - low + 1 == offsets.count)
    } else {
      widths[3].insert(lit.count)
      // A figure about the middle stays the same when turned by half.
      #expect(pixels == pixels.reversed())
    }
  }
  #expect(widths == [[1, 2, 3], [1, 2, 3], [1, 2, 3], [4, 12, 16]])
  // 8 + 7 + 6 stripes either way, 7 + 6 + 5 diagonals, 3 dots; 100 draws of each miss a rare one with (20/21)^100 < 1 %,
  // and this seed misses none.
  #expect(figures.count == 21 + 21 + 18 + 3)
}

@Test func noiseHasItsDeviationAndPixelsAreBytes() throws {
  let dataset = try Patterns(seed: 1, noise: 0.05).dataset(split: "test", count: 600)
  #expect(dataset.images.scalars.allSatisfy { Float(UInt8(($0 * 255).rounded())) / 255 == $0 })
  // Half of the noise on lit pixels is clipped, so E[(1 − p)²] = σ²/2 there. 1 % of the pixels lit number in the
  // thousands, so 10 % is about five standard errors.
  let lit = dataset.images.scalars.filter { $0 > 0.5 }
  let square = lit.reduce(0) { $0 + ($1 - 1) * ($1 - 1) } / Float(lit.count)
  #expect(abs(square / (0.05 * 0.05 / 2) - 1) < 0.1, "\(square)")
}

@Test func setsAreWrittenAndReadBack() throws {
  let directory = try TemporaryDirectory()
  let path = directory.path + "/patterns.h5"
  let patterns = Patterns(seed: 5)
  let train = try patterns.dataset(split: "train", count: 9)
  let test = try patterns.dataset(split: "test", count: 6)
  let description = DatasetDescription(title: "Stripes", source: "made here", license: "CC0")
  for storage in [PixelStorage.float32, .uint8] {
    try Dataset.write(train: train, test: test, to: path, as: storage, description: description)
    for written in [train, test] {
      let read = try Dataset.read(from: path, DatasetSelection(split: written.split))
      #expect(read.images == written.images)
      #expect(read.labels == written.labels)
      #expect(read.classNames == written.classNames)
      #expect(read.name == "patterns")
    }
  }
  #expect(directory.names == ["patterns.h5"])
}

@Test func aSetWithoutSplitsIsReadAsAnySplit() throws {
  let directory = try TemporaryDirectory()
  let path = directory.path + "/images.h5"
  let whole = try Patterns(seed: 5).dataset(split: "test", count: 6)
  try whole.write(to: path, description: DatasetDescription(title: "Stripes", source: "made here", license: "CC0"))
  var named = DatasetSelection()
  (named.imagesKey, named.labelsKey) = ("x", "y")
  for selection in [DatasetSelection(split: "train"), DatasetSelection(split: "test"), named] {
    let read = try Dataset.read(from: path, selection)
    #expect(read.images == whole.images)
    #expect(read.labels == whole.labels)
    #expect(read.classCount == whole.classCount)
  }
}

@Test func theSameSetGivesTheSameFile() throws {
  let directory = try TemporaryDirectory()
  let train = try Patterns().dataset(split: "train", count: 300)
  for name in ["a", "b"] {
    try Dataset.write(
      train: train, test: train, to: "\(directory.path)/\(name)", as: .uint8,
      description: DatasetDescription(title: "", source: "", license: ""))
  }
  #expect(try directory.read("a") == directory.read("b"))
}

@Test func writingRefusesWhatItCannotKeep() throws {
  let directory = try TemporaryDirectory()
  let description = DatasetDescription(title: "", source: "", license: "")
  func failure(_ train: Dataset, _ test: Dataset, to name: String = "set.h5") throws -> ExchangeError {
    let error = try #require(throws: ExchangeError.self) {
      try Dataset.write(train: train, test: test, to: "\(directory.path)/\(name)", as: .uint8, description: description)
    }
    #expect(error.kind == .cannotWrite)
    #expect(directory.names.isEmpty)
    return error
  }
  let three = try Patterns().dataset(split: "train", count: 3)
  let four = try Patterns(hasDot: true).dataset(split: "test", count: 4)
  #expect(try failure(three, four).message.hasPrefix("expected two splits of the same classes"))
  #expect(try failure(three, three, to: "none/set.h5").message.contains("No such file"))
  let place = Dataset.Origin.Place(file: "made here")
  let origin = Dataset.Origin(images: place, labels: place)
  let uneven = try Dataset(
    name: "uneven", split: "train", images: Tensor(shape: [2, 1, 1, 1], scalars: [0.2, 0.3]), labels: [0, 0],
    classCount: 1, origin: origin)
  let error = try failure(uneven, uneven)
  #expect(error.message == "expected multiples of 1/255 to store as uint8, found 0.3")
  #expect(error.example == 1)
}
