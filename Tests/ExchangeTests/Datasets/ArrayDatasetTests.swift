import Exchange
import HDF5
import Networks
import Testing

/// A file with these contents, and what reading it gives.
private struct Sample {
  let directory: TemporaryDirectory
  let path: String

  init(_ fill: (HDF5.Group) throws -> Void) throws {
    directory = try TemporaryDirectory()
    path = directory.path + "/sample.h5"
    try File.write(atomicallyTo: path, fill)
  }

  func read(_ selection: DatasetSelection = DatasetSelection()) throws(ExchangeError) -> Exchange.Dataset {
    try Exchange.Dataset.read(from: path, selection)
  }

  /// The message of the error about content that reading ends with, without the path of the file.
  func message(_ selection: DatasetSelection = DatasetSelection()) throws -> String {
    let error = try #require(throws: ExchangeError.self) { try read(selection) }
    #expect(error.kind == .content || error.kind == .request)
    #expect(error.file == path)
    return String(error.description.dropFirst(path.count + 2))
  }
}

private let twoLabels: [UInt8] = [1, 0]

/// Images 0, 1, 2, … of a shape, with two labels.
private func bytes(_ shape: [Int], layout: String? = nil) throws -> Sample {
  try Sample { root in
    let images = try root.write("x_test", (0..<Shape(shape).count).map { UInt8(truncatingIfNeeded: $0) }, shape: shape)
    if let layout { try images.attributes.set("layout", to: layout) }
    try root.write("y_test", twoLabels)
  }
}

@Test func channelsLastBytesAreMovedAndScaled() throws {
  let dataset = try bytes([2, 2, 2, 3]).read()
  #expect(dataset.images.shape == [2, 3, 2, 2])
  let expected: [Float] = [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11, 12, 15, 18, 21, 13, 16, 19, 22, 14, 17, 20, 23]
  #expect(dataset.images.scalars == expected.map { $0 / 255 })
  #expect(dataset.labels == [1, 0])
  #expect(dataset.name == "sample")
  #expect(dataset.classCount == 2)
}

@Test func layoutsAreDetectedOrStated() throws {
  #expect(try bytes([2, 3, 2, 2]).read().images.shape == [2, 3, 2, 2])
  // Where either axis could be the channels, images are square.
  #expect(try bytes([2, 4, 4, 3]).read().images.shape == [2, 3, 4, 4])
  #expect(try bytes([2, 4, 4, 1]).read().images.shape == [2, 1, 4, 4])
  #expect(try bytes([2, 3, 3, 1]).read().images.shape == [2, 1, 3, 3])
  #expect(try bytes([2, 3, 4, 4]).read().images.shape == [2, 3, 4, 4])
  #expect(try bytes([2, 1, 1, 3]).read().images.shape == [2, 3, 1, 1])
  #expect(try bytes([2, 5, 6]).read().images.shape == [2, 1, 5, 6])
  #expect(try bytes([2, 5, 6], layout: "NCHW").read().images.shape == [2, 1, 5, 6])
  #expect(try bytes([2, 3, 2, 3], layout: "NHWC").read().images.shape == [2, 3, 3, 2])
  #expect(try bytes([2, 3, 2, 3], layout: "nchw").read().images.shape == [2, 3, 2, 3])
  var selection = DatasetSelection()
  selection.layout = .channelsFirst
  #expect(try bytes([2, 3, 2, 3], layout: "NHWC").read(selection).images.shape == [2, 3, 2, 3])
}

@Test func impossibleLayoutsAreRefused() throws {
  let ambiguous =
    "x_test: expected 1, 3 or 4 channels on the second or the last axis, or --layout NCHW or NHWC"
  #expect(try bytes([2, 3, 2, 3]).message() == "/\(ambiguous), found the shape 2×3×2×3")
  #expect(try bytes([2, 2, 2, 2]).message() == "/\(ambiguous), found the shape 2×2×2×2")
  #expect(try bytes([2]).message() == "/x_test: expected images of rank 2 to 4, found the shape 2")
  #expect(try bytes([2, 1, 1, 1, 1]).message() == "/x_test: expected images of rank 2 to 4, found the shape 2×1×1×1×1")
  #expect(
    try bytes([2, 2, 2, 1], layout: "CHW").message()
      == "/x_test: expected an attribute layout of NCHW, NHWC, NHW, NCWH, NWHC, NWH, ND, found CHW")
  #expect(
    try bytes([2, 2, 2, 1], layout: "NHW").message()
      == "/x_test: expected images in the layout NHW, found the shape 2×2×2×1")
  #expect(try bytes([2, 0, 2, 1]).message() == "/x_test: expected at least one pixel, found 2×0×2×1")
}

@Test func wholeNumbersAreDividedByTheirLargest() throws {
  func value<Pixel: HDF5.Number>(_ pixel: Pixel, of type: Pixel.Type) throws -> Float {
    try Sample { root in
      try root.write("x_test", [pixel], shape: [1, 1, 1])
      try root.write("y_test", [0])
    }.read().images.scalars[0]
  }
  #expect(try value(51, of: UInt8.self) == 51 / 255)
  #expect(try value(127, of: Int8.self) == 1)
  #expect(try value(13_107, of: UInt16.self) == 13_107 / 65_535)
  #expect(try value(32_767, of: Int16.self) == 1)
  #expect(try value(51, of: Int32.self) == 51 / 255)
  #expect(try value(51, of: Int.self) == 51 / 255)
  #expect(try value(0.7, of: Float.self) == 0.7)
  #expect(try value(0.7, of: Double.self) == Float(0.7))
  let error = #expect(throws: ExchangeError.self) { try value(256, of: Int32.self) }
  #expect(error?.message.hasPrefix("expected pixels in [0.0, 1.0], found 1.0039") == true)
}

@Test func aStatedRangeKeepsStoredUnits() throws {
  let sample = try Sample { root in
    try root.write("x_test", [-1, 0.5] as [Float], shape: [2, 1, 1])
      .attributes.set("pixel_range", to: [-1, 1] as [Double])
    try root.write("y_test", twoLabels)
  }
  let dataset = try sample.read()
  #expect(dataset.pixelRange == -1...1)
  #expect(dataset.images.scalars == [-1, 0.5])
  var selection = DatasetSelection()
  selection.pixelRange = PixelBox(0...255)
  #expect(try bytes([2, 1, 1, 2]).read(selection).images.scalars == [0, 1, 2, 3])
  #expect(
    try sample.message(selection)
      == "/x_test: example 0: expected pixels in [0.0, 255.0], found -1.0 at channel 0, row 0, column 0"
      + "; --pixel-range low:high states another range, such as -1:1")
}

@Test func badPixelsAreFoundByTheirIndexInTheFile() throws {
  func sample(_ value: Float) throws -> Sample {
    try Sample { root in
      try root.write("x_test", [0, 0, 0, 0, 0, value], shape: [3, 1, 2])
      try root.write("y_test", [0, 1, 1])
    }
  }
  #expect(
    try sample(.nan).message(DatasetSelection(offset: 1))
      == "/x_test: example 2: expected pixels in [0.0, 1.0], found nan at channel 0, row 0, column 1")
  #expect(try sample(37).message().contains("found 37.0"))
  // What is not selected is not judged.
  #expect(try sample(.nan).read(DatasetSelection(count: 2)).count == 2)
  #expect(try sample((1 as Float).nextUp).read().clampedPixels == 1)
}

@Test func labelsOfAnyNumericTypeAndTrailingOnes() throws {
  func labels(_ write: (HDF5.Group) throws -> Void) throws -> Sample {
    try Sample { root in
      try root.write("x_test", [0, 0] as [UInt8], shape: [2, 1, 1])
      try write(root)
    }
  }
  #expect(try labels { try $0.write("y_test", [7, 3] as [Int64], shape: [2, 1]) }.read().labels == [7, 3])
  #expect(try labels { try $0.write("y_test", [7, 3] as [Float], shape: [2, 1, 1, 1]) }.read().labels == [7, 3])
  #expect(try labels { try $0.write("y_test", [true, false]) }.read().labels == [1, 0])
  #expect(
    try labels { try $0.write("y_test", [0, 1.5]) }.message()
      == "/y_test: example 1: expected a whole number as label, found 1.5")
  #expect(
    try labels { try $0.write("y_test", [Double.nan, 1]) }.message().contains("example 0: expected a whole number"))
  #expect(
    try labels { try $0.write("y_test", [0, -1]) }.message()
      == "/y_test: example 1: expected a label from 0 to 999999, found -1")
  #expect(try labels { try $0.write("y_test", [1 << 40, 1]) }.message().contains("example 0: expected a label from 0"))
  #expect(
    try labels { try $0.write("y_test", ["cat", "dog"]) }.message()
      == "/y_test: expected labels that are whole numbers, found string")
  #expect(
    try labels { try $0.write("y_test", [0, 1, 1, 0, 0, 1, 1, 0], shape: [2, 2, 2]) }.message()
      == "/y_test: expected labels of shape N, N×1 or N×K, found 2×2×2")
  #expect(try labels { try $0.write("y_test", [0], shape: []) }.message().contains("found scalar"))
  #expect(
    try labels { try $0.write("y_test", [0, 1, 1]) }.message()
      == "/y_test: expected 2 labels, one for each image of x_test, found 3")
}

@Test func classesAreCountedOverBothSplitsOrStated() throws {
  func sample(_ more: @escaping (HDF5.Group) throws -> Void) throws -> Sample {
    try Sample { root in
      try root.write("x_test", [0, 0] as [UInt8], shape: [2, 1, 1])
      try root.write("y_test", [1, 0])
      try more(root)
    }
  }
  #expect(try sample { try $0.write("y_train", [0, 6]) }.read().classCount == 7)
  #expect(try sample { try $0.attributes.set("class_count", to: 5) }.read().classCount == 5)
  let named = try sample { try $0.attributes.set("class_names", to: ["cat", "dog", "bird"]) }.read()
  #expect(named.classNames == ["cat", "dog", "bird"])
  #expect(named.classCount == 3)
  // A file may name the classes of a part of it.
  let others = try sample { try $0.attributes.set("label_names", to: ["cat", "dog", "bird"]) }.read()
  #expect(others.classNames == ["cat", "dog", "bird"])
  let few = try sample { try $0.attributes.set("class_names", to: ["cat"]) }.read()
  #expect(few.classNames == nil)
  #expect(few.classCount == 2)
  #expect(few.detection.hasSuffix("; 1 names for 2 classes: left out"))
  #expect(
    try sample { try $0.attributes.set("class_count", to: -3) }.message().contains("expected 1 to 1000000 classes"))
}

@Test func rangesOfRowsAreRead() throws {
  let count = 5000
  // 5000 images of 1 KiB in single precision: more than one block of the reader.
  let sample = try Sample { root in
    let pixels = (0..<count).flatMap { row in repeatElement(Float(row) / 8192, count: 256) }
    try root.write("x_train", pixels, shape: [count, 16, 16, 1], storage: .compressed())
    try root.write("y_train", (0..<count).map { $0 % 3 })
  }
  let dataset = try sample.read(DatasetSelection(split: "train", offset: 10, count: 4500))
  #expect(dataset.ids == Array(10..<4510))
  #expect(dataset.labels == (10..<4510).map { $0 % 3 })
  #expect(dataset.images.shape == [4500, 1, 16, 16])
  let rows = (0..<4500).map { dataset.images.scalars[$0 * 256 + 255] }
  #expect(rows == (10..<4510).map { Float($0) / 8192 })
  #expect(try sample.read(DatasetSelection(split: "train", offset: 4999, count: 10)).ids == [4999])
  #expect(
    try sample.message(DatasetSelection(split: "train", offset: 5000))
      == "/x_train: expected an offset in 0..<5000, found 5000")
}

@Test func keysMayBeGiven() throws {
  let sample = try Sample { root in
    try root.write("pictures/all", [0, 255] as [UInt8], shape: [2, 1, 1])
    try root.write("classes", [0, 3])
  }
  #expect(try sample.message().hasPrefix("/: expected images and labels of the split test, such as x_test and y_test"))
  #expect(try sample.message().hasSuffix("or keys for both, found classes, pictures/all"))
  var selection = DatasetSelection()
  selection.imagesKey = "pictures/all"
  #expect(try sample.message(selection) == "expected keys for both images and labels, found one key")
  selection.labelsKey = "classes"
  let dataset = try sample.read(selection)
  #expect(dataset.images.scalars == [0, 1])
  #expect(dataset.classCount == 4)
  selection.imagesKey = "nowhere"
  #expect(
    try sample.message(selection) == "/nowhere: expected an array of this name, found classes, pictures/all")
}

@Test func emptyAndUnreadableFiles() throws {
  #expect(
    try bytes([0, 2, 2, 1]).message() == "/x_test: expected at least one example, found none")
  let text = try Sample { root in
    try root.write("x_test", ["a", "b"], shape: [2, 1, 1])
    try root.write("y_test", twoLabels)
  }
  #expect(try text.message() == "/x_test: expected images of numbers, found string")
  let directory = try TemporaryDirectory()
  func error(_ name: String, _ bytes: [UInt8]) throws -> ExchangeError {
    let path = try directory.write(name, bytes)
    return try #require(throws: ExchangeError.self) { try Exchange.Dataset.read(from: path) }
  }
  let whole = try bytes([2, 20, 20, 1])
  let stored = try whole.directory.read("sample.h5")
  #expect(try error("cut.h5", Array(stored.dropLast(100))).kind == .content)
  #expect(try error("text.h5", Array("no dataset".utf8)).kind == .content)
  let missing = #expect(throws: ExchangeError.self) { try Exchange.Dataset.read(from: directory.path + "/none.h5") }
  #expect(missing?.kind == .missing)
}

@Test func theDigestIsThatOfTheFile() throws {
  let sample = try bytes([2, 1, 1])
  #expect(try sample.read().sha256 == SHA256.hex(of: sample.directory.read("sample.h5")))
}
