import Exchange
import Glibc
import Networks
import Testing

/// A directory with grey images 2×2, of which each has a value of its own.
private func folders(_ images: [String], others: [String] = []) throws -> TemporaryDirectory {
  let directory = try TemporaryDirectory()
  for (value, name) in images.enumerated() { try directory.write(name, greyPNG(UInt8(value))) }
  for name in others { try directory.write(name, Array("no image".utf8)) }
  return directory
}

/// The values of the images that were read: their places in the list.
private func values(_ dataset: Dataset) -> [Int] {
  (0..<dataset.count).map { Int((dataset.images.scalars[$0 * 4] * 255).rounded()) }
}

private func refusal(
  _ directory: TemporaryDirectory, _ selection: DatasetSelection = DatasetSelection()
) throws -> ExchangeError {
  try #require(throws: ExchangeError.self) { try Dataset.read(from: directory.path, selection) }
}

@Test func aFolderForEachClass() throws {
  let directory = try folders(
    ["dog/1.png", "cat/2.png", "cat/1.PNG", "dog/10.jpeg"],
    others: ["cat/notes.txt", "cat/.hidden.png", ".cache/1.png", "readme.md", "cat/noextension"])
  let dataset = try Dataset.read(from: directory.path)
  #expect(values(dataset) == [2, 1, 0, 3])
  #expect(dataset.labels == [0, 0, 1, 1] && dataset.ids == [0, 1, 2, 3])
  #expect(dataset.classNames == ["cat", "dog"] && dataset.classCount == 2)
  #expect(dataset.imageShape == [1, 2, 2] && dataset.split == "all")
  #expect(
    dataset.detection == "4 images 1×2×2 of 8 bits, divided by 255; class folders: cat, dog; "
      + "no splits: all images are read as test")
  let part = try Dataset.read(from: directory.path + "/", DatasetSelection(offset: 1, count: 1))
  #expect(part.labels == [0] && part.ids == [1] && part.classCount == 2 && values(part) == [1])
  // The first images are of the first classes, which nobody may overlook.
  #expect(part.detection.hasSuffix("; class by class: these 1 images are of 1 of 2 classes"))
}

/// By bytes, as Python sorts. Swift puts an e with its accent behind z, however it is written.
@Test func classesAreInTheOrderOfTheirBytes() throws {
  let names = ["10", "9", "Zebra", "a b", "a-b", "a_b", "e\u{301}te", "z", "\u{E9}te", "\u{732B}", "\u{1F600}"]
  let directory = try folders(names.reversed().map { "\($0)/1.png" })
  let dataset = try Dataset.read(from: directory.path)
  #expect(dataset.classNames?.map { Array($0.utf8) } == names.map { Array($0.utf8) })
  #expect(dataset.labels == Array(names.indices) && values(dataset) == names.indices.reversed())
}

/// torchvision sorts folders by their whole path, then the names in each.
@Test func imagesAreInTheOrderOfTheirFolders() throws {
  let names = [
    "a/10.png", "a/9.png", "a/z.png", "a/b/1.png", "a/b/z.png", "a/b-c/1.png", "a/b/c/1.png", "b/1 (2).png", "b/1.png",
  ]
  let directory = try folders(names)
  #expect(values(try Dataset.read(from: directory.path)) == [0, 1, 2, 3, 4, 5, 6, 7, 8])
}

@Test func splitsOfClassFolders() throws {
  let directory = try folders(
    ["train/cat/1.png", "train/dog/1.png", "val/cat/2.png", "val/dog/2.png", "train/eel/1.png", "val/eel/0.png"])
  let train = try Dataset.read(from: directory.path, DatasetSelection(split: "train"))
  #expect(values(train) == [0, 1, 4] && train.split == "train" && train.labels == [0, 1, 2])
  for name in ["val", "validation", "valid", "Val"] {
    let validation = try Dataset.read(from: directory.path, DatasetSelection(split: name))
    #expect(values(validation) == [2, 3, 5] && validation.split == name)
  }
  #expect(
    try refusal(directory).message
      == "expected a folder for the split test; --split names another, found train, val")
  // The folder of a split is itself a dataset.
  #expect(values(try Dataset.read(from: directory.path + "/val")) == [2, 3, 5])
  var only = DatasetSelection()
  only.takesOnlySplit = true
  let one = try folders(["train/cat/1.png"])
  let taken = try Dataset.read(from: one.path, only)
  #expect(taken.split == "train" && taken.detection.hasSuffix("train is the only split"))
  let two = try folders(["val/cat/1.png", "validation/cat/1.png"])
  #expect(values(try Dataset.read(from: two.path, DatasetSelection(split: "val"))) == [0])
  #expect(
    try refusal(two, DatasetSelection(split: "dev")).message.hasPrefix("expected one folder for the split dev"))
}

/// Otherwise a class would have one number in the training images and another one in the test images.
@Test func classesAreThoseOfTheTrainingImages() throws {
  let directory = try folders(["train/a/1.png", "train/b/1.png", "train/c/1.png", "test/a/1.png", "test/c/1.png"])
  let test = try Dataset.read(from: directory.path)
  #expect(test.labels == [0, 2] && test.classNames == ["a", "b", "c"])
  #expect(test.detection.hasSuffix("classes as in train; without a folder here: 1"))
  try directory.write("test/b2/1.png", greyPNG(9))
  let error = try refusal(directory)
  #expect(error.message == "expected class folders that train has, too, found b2")
  #expect(error.file == directory.path + "/test")
  #expect(try Dataset.read(from: directory.path, DatasetSelection(split: "train")).count == 3)
}

@Test func aClassMayBeCalledLikeASplit() throws {
  let directory = try folders(["car/1.png", "plane/1.png", "train/1.png"])
  #expect(try Dataset.read(from: directory.path).classNames == ["car", "plane", "train"])
  // Here it is not known what is meant.
  let both = try folders(["car/1.png", "train/a/1.png"])
  #expect(try refusal(both).message.hasSuffix("name the folder of the classes itself"))
  let notes = try folders(["train/a/1.png", "test/a/1.png"], others: ["notes/labels.txt"])
  #expect(values(try Dataset.read(from: notes.path)) == [1])
}

@Test func imagesWithoutClassFoldersAreRefused() throws {
  let layout = "expected a folder for each class: DIRECTORY/cat/1.png, or with splits DIRECTORY/test/cat/1.png, "
  #expect(
    try refusal(try folders(["1.png", "2.png"])).message == layout + "found images without class folders: 2")
  let splits = try folders(["train/1.png", "test/1.png"])
  #expect(try refusal(splits).message == layout + "found images without class folders: 1")
  // The test images of a contest.
  let half = try folders(["train/a/1.png", "test/1.png"])
  #expect(try refusal(half).message == layout + "found images without class folders: 1")
  #expect(values(try Dataset.read(from: half.path, DatasetSelection(split: "train"))) == [0])
  let beside = try folders(["a/1.png", "2.png"])
  #expect(try Dataset.read(from: beside.path).detection.contains("beside the class folders, which are not read: 1"))
}

@Test func whatWouldBeMissingIsRefused() throws {
  let empty = try folders(["a/1.png"], others: ["b/notes.txt"])
  let error = try refusal(empty)
  #expect(error.file == empty.path + "/b" && error.message == "expected PNG or JPEG images of a class, found none")
  for name in ["2.webp", "2.BMP", "2.tiff", "2.gif", "2.ppm"] {
    let error = try refusal(try folders(["a/1.png"], others: ["a/\(name)"]))
    #expect(error.file.hasSuffix("/a/\(name)") && error.message.hasSuffix("found another kind; convert it to PNG"))
  }
  #expect(try refusal(try folders(["a/1.png", "a/1\n2.png"])).message.hasSuffix("found one with a line break"))
  var keys = DatasetSelection()
  keys.labelsFile = "labels.txt"
  #expect(try refusal(try folders(["a/1.png"]), keys).message.hasSuffix("found a directory of a fixed format"))
}

@Test func linksAreFollowedButNotInCircles() throws {
  let elsewhere = try folders(["x/1.png", "x/2.png"])
  let directory = try folders(["a/1.png"])
  symlink(elsewhere.path + "/x", directory.path + "/b")
  symlink(elsewhere.path + "/x/2.png", directory.path + "/a/0.png")
  let dataset = try Dataset.read(from: directory.path)
  #expect(values(dataset) == [1, 0, 0, 1] && dataset.classNames == ["a", "b"])
  symlink("nowhere", directory.path + "/a/3.png")
  #expect(try refusal(directory).kind == .missing)
  unlink(directory.path + "/a/3.png")
  mkfifo(directory.path + "/a/3.png", 0o644)
  #expect(try refusal(directory).message == "expected a file, found something else")
  unlink(directory.path + "/a/3.png")
  symlink("..", directory.path + "/a/up")
  #expect(try refusal(directory).message.hasSuffix("found links that lead in circles"))
}

@Test func aThousandImages() throws {
  let directory = try TemporaryDirectory()
  for index in 0..<1000 {
    let name = String(String(index + 1000).dropFirst())
    try directory.write("class \(index % 10)/\(name) é.png", greyPNG(UInt8(index % 256)))
  }
  let dataset = try Dataset.read(from: directory.path)
  #expect(dataset.count == 1000 && dataset.labels == (0..<1000).map { $0 / 100 })
  #expect(values(dataset) == (0..<1000).map { ($0 % 100 * 10 + $0 / 100) % 256 })
  // More files than a process may have open.
  #expect(dataset.sha256?.count == 64)
}

@Test func theDigestIsThatOfPathsAndContents() throws {
  let directory = try folders(["test/b/1.png", "test/a/x/1.png", "train/a/1.png", "train/b/1.png"])
  let digest = try #require(try Dataset.read(from: directory.path).sha256)
  let lines = ["test/a/x/1.png", "test/b/1.png"].map { name in
    "\(SHA256.hex(of: greyPNG(name.contains("/b/") ? 0 : 1)))  \(name)\n"
  }
  #expect(digest == SHA256.hex(of: lines.joined().utf8))
  // Whichever images are selected; another split is another dataset.
  #expect(try Dataset.read(from: directory.path, DatasetSelection(count: 1)).sha256 == digest)
  #expect(try Dataset.read(from: directory.path, DatasetSelection(split: "train")).sha256 != digest)
  let changed = try Dataset.read(from: directory.path)
  try directory.write("test/b/1.png", greyPNG(7))
  #expect(changed.sha256 == nil)
  #expect(try Dataset.read(from: directory.path).sha256 != digest)
}

@Test func otherFormsComeFirst() throws {
  let directory = try folders(["a/1.png"])
  try directory.write("x_test.npy", npy("|u1", "(1, 1, 2)", [255, 0]))
  try directory.write("y_test.npy", npy("|u1", "(1,)", [5]))
  #expect(try Dataset.read(from: directory.path).imageShape == [1, 1, 2])
  #expect(Dataset.isOtherThanHDF5(directory.path))
  let (images, none) = (try folders(["train/a/b/1.png"]), try folders([], others: ["a/notes.txt"]))
  #expect(Dataset.isOtherThanHDF5(images.path) && !Dataset.isOtherThanHDF5(none.path))
}
