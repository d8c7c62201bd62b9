import Exchange
import HDF5
import Networks
import Testing

/// What reading a file with images `x` and labels `y` gives.
private func read(
  _ selection: DatasetSelection = DatasetSelection(), _ fill: (HDF5.Group) throws -> Void
) throws -> Exchange.Dataset {
  let directory = try TemporaryDirectory()
  let path = directory.path + "/sample.h5"
  try File.write(atomicallyTo: path, fill)
  return try Exchange.Dataset.read(from: path, selection)
}

private func message(
  _ selection: DatasetSelection = DatasetSelection(), _ fill: (HDF5.Group) throws -> Void
) throws -> String {
  try #require(throws: ExchangeError.self) { try read(selection, fill) }.message
}

/// Two images of one pixel, 0 and 1.
private func writeTwoImages(_ root: HDF5.Group) throws {
  try root.write("x", [0, 1] as [Float], shape: [2, 1, 1])
}

@Test func everyLayoutIsBroughtToChannelsFirst() throws {
  // Scalars of the image C×H×W = 3×2×4 in order, and the same image stored under each layout.
  let (channels, height, width) = (3, 2, 4)
  func stored(_ position: (Int, Int, Int) -> Int) -> [Float] {
    var result = [Float](repeating: -1, count: 24)
    for c in 0..<channels {
      for h in 0..<height {
        for w in 0..<width { result[position(c, h, w)] = Float((c * height + h) * width + w) / 24 }
      }
    }
    return result
  }
  let expected = (0..<24).map { Float($0) / 24 }
  let cases: [(ImageLayout, [Int], [Float])] = [
    (.channelsFirst, [1, 3, 2, 4], expected),
    (.channelsLast, [1, 2, 4, 3], stored { c, h, w in (h * width + w) * channels + c }),
    (.channelsFirstTransposed, [1, 3, 4, 2], stored { c, h, w in (c * width + w) * height + h }),
    (.channelsLastTransposed, [1, 4, 2, 3], stored { c, h, w in (w * height + h) * channels + c }),
  ]
  for (layout, shape, scalars) in cases {
    let dataset = try read { root in
      try root.write("x", scalars, shape: shape).attributes.set("layout", to: layout.rawValue)
      try root.write("y", [0])
    }
    #expect(dataset.images == Tensor(shape: [1, 3, 2, 4], scalars: expected), "\(layout)")
  }
  let gray = try read { root in
    try root.write("x", [0, 0.375, 0.125, 0.5, 0.25, 0.625] as [Float], shape: [1, 3, 2])
      .attributes.set("MATLAB_class", to: "single", layout: .fixed)
    try root.write("y", [0])
  }
  #expect(gray.images == Tensor(shape: [1, 1, 2, 3], scalars: [0, 0.125, 0.25, 0.375, 0.5, 0.625]))
}

/// A square, or three of them; every other row is a vector.
@Test func flatImagesAreSquaresWhereTheyCanBe() throws {
  func shape(_ count: Int) throws -> Shape {
    try read { root in
      try root.write("x", [Float](repeating: 0, count: 2 * count), shape: [2, count])
      try root.write("y", [0, 1])
    }.imageShape
  }
  #expect(try shape(784) == [1, 28, 28])
  #expect(try shape(3072) == [3, 32, 32])
  #expect(try shape(7) == [7])
  #expect(try shape(3) == [3])
}

@Test func oneHotRowsBecomeLabels() throws {
  func dataset(_ write: (HDF5.Group) throws -> Void) throws -> Exchange.Dataset {
    try read { root in
      try writeTwoImages(root)
      try write(root)
    }
  }
  let rows: [Double] = [0, 0, 1, 0, 1, 0, 0, 0]
  #expect(try dataset { try $0.write("y", rows, shape: [2, 4]) }.labels == [2, 0])
  #expect(try dataset { try $0.write("y", rows, shape: [2, 4]) }.classCount == 4)
  #expect(try dataset { try $0.write("y", rows.map { $0 == 1 }, shape: [2, 4]) }.labels == [2, 0])
  for bad: [Double] in [[0, 1, 0, 0], [0, 1, 0.5, 0.5], [0, 1, 1, 1], [0, 1, 0, .nan]] {
    let message = try message { root in
      try writeTwoImages(root)
      try root.write("y", bad, shape: [2, 2])
    }
    #expect(message.hasPrefix("expected one 1 among zeros in a row of 2, found "), "\(message)")
  }
}

@Test func halfPrecisionAndTruthValuesAreRead() throws {
  let dataset = try read { root in
    try root.write("x", [true, false, false, true], shape: [2, 1, 2])
    try root.write("y", [false, true])
  }
  #expect(dataset.images.scalars == [1, 0, 0, 1])
  #expect(dataset.labels == [0, 1])
  #expect(dataset.detection.hasPrefix("x: 2 images 1×1×2 as NHW bool, as 0 and 1; y: bool labels"))
}

@Test func svhnKeepsZeroAsTen() throws {
  func fill(_ root: HDF5.Group) throws {
    try writeTwoImages(root)
    try root.write("y", [10, 1] as [Double], shape: [1, 2]).attributes.set("MATLAB_class", to: "double", layout: .fixed)
  }
  let asStored = try read(DatasetSelection(), fill)
  #expect(asStored.labels == [10, 1])
  #expect(asStored.classCount == 11)
  #expect(asStored.detection.contains("y: float64 labels from 1 to 10: class 0 does not occur"))
  var selection = DatasetSelection()
  selection.labelTenIsZero = true
  #expect(try read(selection, fill).labels == [0, 1])
  #expect(try read(selection, fill).classCount == 2)
  let refused = try message(selection) { root in
    try writeTwoImages(root)
    try root.write("y", [0, 1])
  }
  #expect(refused == "expected labels from 1 to 10 where 10 stands for 0, found 0")
}

@Test func floatingPixelsAreNeverRescaled() throws {
  func range(_ pixels: [Float]) throws -> PixelBox {
    let dataset = try read { root in
      try root.write("x", pixels, shape: [2, 1, pixels.count / 2])
      try root.write("y", [0, 1])
    }
    #expect(dataset.images.scalars == pixels)
    return dataset.pixelRange
  }
  #expect(try range([0, 1, 1, 0]) == 0...1)
  #expect(try range([0, 0.5, 1, 0]) == 0...1)
  #expect(try range([0, 17, 255, 0]) == 0...255)
  for bad: [Float] in [[0, 17.5, 255, 0], [0, 1, 256, 0], [-1, 1, 2, 0]] {
    #expect(throws: ExchangeError.self) { try range(bad) }
  }
}

@Test func namesOfClassesMayBeAnArray() throws {
  let dataset = try read { root in
    try writeTwoImages(root)
    try root.write("y", [0, 1])
    try root.write("list_classes", ["non-cat", "cat"], layout: .fixed)
  }
  #expect(dataset.classNames == ["non-cat", "cat"])
}

/// A file with arrays of these names and shapes.
private func named(_ arrays: [(name: String, shape: [Int])], in directory: TemporaryDirectory) throws -> String {
  let path = directory.path + "/named.h5"
  try File.write(atomicallyTo: path) { root in
    for (name, shape) in arrays { try root.write(name, (0..<Shape(shape).count).map { UInt8($0 % 2) }, shape: shape) }
  }
  return path
}

@Test(arguments: [
  ("x_adv", "y_true"), ("adv_x", "labels"), ("images_adv", "true_labels"), ("adversarial_examples", "labels"),
  ("x_clean", "y_true"), ("arr_0", "arr_1"), ("foo", "bar"), ("adversarial/images", "labels"),
])
func arraysOfOtherToolsAreFound(images: String, labels: String) throws {
  let directory = try TemporaryDirectory()
  let path = try named([(images, [3, 1, 2, 2]), (labels, [3])], in: directory)
  let dataset = try Exchange.Dataset.read(from: path)
  #expect(dataset.images.shape == [3, 1, 2, 2])
  #expect(dataset.labels == [0, 1, 0])
  #expect(dataset.split == Exchange.Dataset.allRows)
}

@Test func cleanImagesComeBeforeAdversarialOnes() throws {
  let directory = try TemporaryDirectory()
  let path = try named([("x_adv", [3, 1, 4, 4]), ("x", [3, 1, 2, 2]), ("y", [3]), ("y_pred", [3])], in: directory)
  #expect(try Exchange.Dataset.read(from: path).images.shape == [3, 1, 2, 2])
}

@Test func theOnlySplitIsTakenWhereNoneWasAskedFor() throws {
  let directory = try TemporaryDirectory()
  let path = try named([("train_set_x", [3, 4, 4, 3]), ("train_set_y", [3])], in: directory)
  // Of two arrays of another split none is taken for the split that was asked for.
  #expect(throws: ExchangeError.self) { try Exchange.Dataset.read(from: path) }
  var selection = DatasetSelection()
  selection.takesOnlySplit = true
  let dataset = try Exchange.Dataset.read(from: path, selection)
  #expect(dataset.split == "train")
  #expect(dataset.images.shape == [3, 3, 4, 4])
  #expect(dataset.detection.hasSuffix("; train is the only split"))
}

@Test func labelsOfAnotherFileAreRead() throws {
  let directory = try TemporaryDirectory()
  let images = try named([("pixels", [3, 1, 2, 2])], in: directory)
  let labels = directory.path + "/labels.h5"
  try File.write(atomicallyTo: labels) { root in try root.write("truth", [2, 0, 1] as [Int64]) }
  var selection = DatasetSelection()
  selection.labelsFile = labels
  let dataset = try Exchange.Dataset.read(from: images, selection)
  #expect(dataset.labels == [2, 0, 1])
  #expect(dataset.detection.contains("labels from \(labels)"))
}
