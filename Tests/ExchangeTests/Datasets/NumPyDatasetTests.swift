import Exchange
import Networks
import Testing

private let fourPixels: [UInt8] = [0, 51, 102, 255]

@Test func arraysBesideOneAnotherAreADataset() throws {
  let directory = try TemporaryDirectory()
  try directory.write("x_test.npy", npy("|u1", "(2, 1, 2)", fourPixels))
  try directory.write("y_test.npy", npy("<i8", "(2,)", bytes([3, 0] as [Int64])))
  try directory.write("x_train.npy", npy("|u1", "(1, 1, 2)", [255, 0]))
  try directory.write("y_train.npy", npy("|u1", "(1,)", [5]))
  // What is not needed is not opened.
  try directory.write("notes.npy", [1, 2, 3])
  for path in [directory.path, directory.path + "/x_test.npy"] {
    let dataset = try Dataset.read(from: path)
    #expect(dataset.images == Tensor(shape: [2, 1, 1, 2], scalars: [0, 0.2, 0.4, 1]))
    #expect(dataset.labels == [3, 0])
  }
  #expect(try Dataset.read(from: directory.path).classCount == 6)
  #expect(try Dataset.read(from: directory.path, DatasetSelection(split: "train")).labels == [5])
  #expect(try Dataset.read(from: directory.path, DatasetSelection(offset: 1)).images.scalars == [0.4, 1])
}

@Test func corruptionsShareTheirLabels() throws {
  let directory = try TemporaryDirectory()
  let path = try directory.write("gaussian_noise.npy", npy("|u1", "(2, 1, 2)", fourPixels))
  let missing = #expect(throws: ExchangeError.self) { try Dataset.read(from: path) }
  #expect(missing?.message.hasSuffix("or labels.npy, found no other array") == true)
  try directory.write("labels.npy", npy("<i4", "(2,)", bytes([1, 0] as [Int32])))
  let dataset = try Dataset.read(from: path)
  #expect(dataset.labels == [1, 0])
  #expect(dataset.detection.hasSuffix("labels from \(directory.path)/labels.npy"))
}

@Test(
  arguments: [
    ("camelyon_X", "camelyon_Y"), ("toy_x", "toy_y"), ("toy.images", "toy.labels"), ("Toy-Images", "Toy-Labels"),
    ("x_small", "y_small"), ("toy_data", "toy_label"), ("toy_data", "toy_targets"), ("img_of_toys", "label_of_toys"),
  ])
func labelsAreFoundByTheNameOfTheImages(images: String, labels: String) throws {
  let directory = try TemporaryDirectory()
  let path = try directory.write("\(images).npy", npy("|u1", "(2, 1, 2)", fourPixels))
  try directory.write("other.npy", npy("|u1", "(2,)", [7, 8]))
  #expect(throws: ExchangeError.self) { try Dataset.read(from: path) }
  try directory.write("\(labels).npy", npy("|u1", "(2,)", [3, 0]))
  let dataset = try Dataset.read(from: path)
  #expect(dataset.labels == [3, 0])
  #expect(dataset.detection.hasSuffix("labels from \(directory.path)/\(labels).npy"))
}

/// `numpy.savez(file, x, y)` names what it is not given names for.
@Test func twoNamelessArraysAreToldApartByTheirShapes() throws {
  let directory = try TemporaryDirectory()
  let (images, labels) = (npy("|u1", "(2, 1, 2)", fourPixels), npy("<i8", "(2,)", bytes([3, 0] as [Int64])))
  func read(_ members: [[UInt8]]) throws -> Dataset {
    let path = try directory.write(
      "a.npz", zipped(members.enumerated().map { ("arr_\($0.offset).npy", $0.element) }))
    return try Dataset.read(from: path)
  }
  for order in [[images, labels], [labels, images]] {
    let dataset = try read(order)
    #expect(dataset.labels == [3, 0] && dataset.images.scalars == [0, 0.2, 0.4, 1])
    #expect(dataset.detection.contains("by their shapes"))
  }
  // Three arrays, two of images, two of labels, or another number of labels: nobody knows.
  for members in [
    [images, labels, labels], [images, images], [labels, labels], [images, npy("|u1", "(3,)", [0, 1, 2])],
    [images, labels, images, labels],
  ] {
    #expect(throws: ExchangeError.self) { try read(members) }
  }
  // Fractions are no labels.
  #expect(throws: ExchangeError.self) {
    try read([images, npy("<f4", "(2,)", bytes([Float(0.5).bitPattern, Float(1).bitPattern]))])
  }
}

@Test func classesOfArchivesAndDirectoriesMayHaveNames() throws {
  let directory = try TemporaryDirectory()
  let members: [(String, [UInt8])] = [
    ("x.npy", npy("|u1", "(2, 1, 2)", fourPixels)), ("y.npy", npy("|u1", "(2,)", [1, 0])),
    ("class_names.npy", npy("<U3", "(2,)", bytes("catdog".unicodeScalars.map(\.value)))),
  ]
  for (name, content) in members { try directory.write("d/" + name, content) }
  #expect(try Dataset.read(from: directory.path + "/d").classNames == ["cat", "dog"])
  #expect(try Dataset.read(from: try directory.write("a.npz", zipped(members))).classNames == ["cat", "dog"])
  // Python objects hold names only for Python.
  let objects = members.dropLast() + [("class_names.npy", npy("|O", "(2,)", [1, 2]))]
  #expect(try Dataset.read(from: try directory.write("a.npz", zipped(Array(objects)))).classNames == nil)
}

@Test func archivesAreRead() throws {
  let directory = try TemporaryDirectory()
  let path = try directory.write(
    "medmnist.npz",
    zipped([
      ("train_images.npy", npy("|u1", "(1, 1, 2)", [255, 0])), ("train_labels.npy", npy("|u1", "(1, 1)", [5])),
      ("test_images.npy", npy("|u1", "(2, 1, 2)", fourPixels)), ("test_labels.npy", npy("|u1", "(2, 1)", [3, 0])),
    ]))
  let dataset = try Dataset.read(from: path)
  #expect(dataset.images.scalars == [0, 0.2, 0.4, 1])
  #expect(dataset.labels == [3, 0])
  #expect(dataset.classCount == 6)
  #expect(dataset.name == "medmnist")
  // Weights are not read from archives, and the error says what to do.
  let error = try #require(throws: ExchangeError.self) {
    try PyTorchFormat.read(path, network: try Network(inputShape: [1]))
  }
  #expect(error.message.contains("found a NumPy archive (.npz); convert it: python -c"))
  try directory.write("medmnist.npz", zipped([("notes.txt", [1])]))
  #expect(throws: ExchangeError.self) { try Dataset.read(from: path) }
}

@Test(
  arguments: [
    ("<f4", bytes([Float(0.25).bitPattern, Float(1).bitPattern])),
    (">f4", bytes([Float(0.25).bitPattern.bigEndian, Float(1).bitPattern.bigEndian])),
    ("<f8", bytes([(0.25).bitPattern, (1.0).bitPattern])),
    (">f8", bytes([(0.25).bitPattern.bigEndian, (1.0).bitPattern.bigEndian])),
    ("<f2", bytes([0x3400, 0x3C00] as [UInt16])), (">f2", bytes([UInt16(0x3400).bigEndian, UInt16(0x3C00).bigEndian])),
  ])
func floatsOfEveryWidthAndOrder(type: String, elements: [UInt8]) throws {
  let directory = try TemporaryDirectory()
  try directory.write("x.npy", npy(type, "(1, 1, 2)", elements))
  try directory.write("y.npy", npy("|b1", "(1,)", [1]))
  let dataset = try Dataset.read(from: directory.path)
  #expect(dataset.images.scalars == [0.25, 1])
  #expect(dataset.labels == [1])
}

@Test func labelsOfEveryWholeType() throws {
  func label(_ type: String, _ elements: [UInt8]) throws -> [Int] {
    let directory = try TemporaryDirectory()
    try directory.write("x.npy", npy("|u1", "(1, 1, 1)", [0]))
    try directory.write("y.npy", npy(type, "(1,)", elements))
    return try Dataset.read(from: directory.path).labels
  }
  #expect(try label("|i1", [7]) == [7])
  #expect(try label("<i2", bytes([300 as Int16])) == [300])
  #expect(try label(">u2", [1, 44]) == [300])
  #expect(try label("<u4", bytes([300 as UInt32])) == [300])
  #expect(try label(">i4", [0, 0, 1, 44]) == [300])
  #expect(try label("<u8", bytes([300 as UInt64])) == [300])
  #expect(throws: ExchangeError.self) { try label("<u8", bytes([UInt64.max])) }
  #expect(throws: ExchangeError.self) { try label("<i8", bytes([-1 as Int64])) }
}

@Test func damagedArraysAreRefused() throws {
  func message(_ images: [UInt8]) throws -> String {
    let directory = try TemporaryDirectory()
    try directory.write("x.npy", images)
    try directory.write("y.npy", npy("|u1", "(2,)", [0, 1]))
    return try #require(throws: ExchangeError.self) { try Dataset.read(from: directory.path) }.message
  }
  #expect(try message(npy("|u1", "(2, 1, 2)", [1])) == "expected the elements of 2×1×2 uint8, found 1 bytes")
  #expect(try message(npy("|u1", "(2, 1, 2)", fourPixels + [1])).hasSuffix("found 5 bytes"))
  #expect(try message(npy("|u1", "(4611686018427387904, 4, 2)", [])).hasSuffix("found 0 bytes"))
  #expect(try message(npy("|u1", "(-2, 1)", [])).hasSuffix("found a damaged header"))
  #expect(try message(npy("|u1", "(2, x)", [])).hasSuffix("found a damaged header"))
  #expect(try message(npy("|O", "(2,)", [1, 2])).hasSuffix("found Python objects in a pickle"))
  #expect(try message(npy("|S5", "(2,)", [])).hasSuffix("found elements |S5"))
  #expect(try message(npy("<U5", "(2,)", [])) == "expected the elements of 2 string, found 0 bytes")
  #expect(try message(npy("<U1", "(2,)", Array(repeating: 65, count: 8))).hasSuffix("found string"))
  #expect(
    try message(npy("|u1", "(2, 1, 2)", fourPixels, isFortran: true)).hasSuffix(
      "found Fortran order: save numpy.ascontiguousarray(array)"))
  #expect(try message([0x93]).hasSuffix("found something else"))
  #expect(try message([0x93] + Array("NUMPY".utf8) + [9, 0, 0, 0, 0, 0]).hasSuffix("found something else"))
  #expect(try message([0x93] + Array("NUMPY".utf8) + [2, 0, 255, 255, 255, 255]).contains("a header of at most"))
}
