import Exchange
import Networks
import Testing

/// A record whose pixels are all of one value, but the first of each channel.
private func record(_ label: UInt8, _ value: UInt8) -> [UInt8] {
  [label]
    + (0..<3).flatMap { channel in [UInt8(channel) * 51] + [UInt8](repeating: value, count: 1023) }
}

private func batches() throws -> TemporaryDirectory {
  let directory = try TemporaryDirectory()
  for batch in 1...5 {
    let records = (0..<2).flatMap { record(UInt8(batch), UInt8(10 * batch + $0)) }
    try directory.write("data_batch_\(batch).bin", records)
  }
  try directory.write("test_batch.bin", record(9, 255) + record(0, 0) + record(3, 102))
  return directory
}

@Test func batchesAreReadAsOneSplit() throws {
  let directory = try batches()
  let test = try Dataset.read(from: directory.path)
  #expect(test.images.shape == [3, 3, 32, 32])
  #expect(test.labels == [9, 0, 3])
  #expect(test.classCount == 10)
  #expect(test.images.scalars[0] == 0)
  #expect(test.images.scalars[1] == 1)
  #expect(test.images.scalars[2048] == 0.4)
  #expect(test.images.scalars[2 * 3072 + 1024] == 0.2)
  #expect(test.detection == "test_batch.bin: 3 records of CIFAR-10, NCHW uint8, divided by 255")
  let train = try Dataset.read(from: directory.path, DatasetSelection(split: "train", offset: 1, count: 4))
  #expect(train.labels == [1, 2, 2, 3])
  #expect(train.ids == [1, 2, 3, 4])
  let pixels = (0..<4).map { train.images.scalars[$0 * 3072 + 1] * 255 }
  #expect(pixels.map { $0.rounded() } == [11, 20, 21, 30])
}

@Test func classesMayHaveNames() throws {
  let directory = try batches()
  let names = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
  try directory.write("batches.meta.txt", Array((names.joined(separator: "\n") + "\n\n").utf8))
  #expect(try Dataset.read(from: directory.path).classNames == names)
}

/// Records of a coarse class, a fine class, and the pixels.
@Test func cifar100IsReadByItsFineClasses() throws {
  let directory = try TemporaryDirectory()
  try directory.write("test.bin", [3] + record(99, 255) + [19] + record(0, 102))
  try directory.write("train.bin", [0] + record(7, 51))
  let test = try Dataset.read(from: directory.path)
  #expect(test.labels == [99, 0] && test.classCount == 100 && test.images.shape == [2, 3, 32, 32])
  #expect(test.images.scalars[1] == 1 && test.images.scalars[3072 + 2 * 1024 + 1] == 0.4)
  #expect(test.images.scalars[3072 + 2048] == 0.4)
  #expect(test.detection == "test.bin: 2 records of CIFAR-100, NCHW uint8, divided by 255")
  #expect(test.classNames == nil && test.pixelDivisor == 255)
  try directory.write("fine_label_names.txt", Array((0..<100).map { "class\($0)\n" }.joined().utf8))
  let train = try Dataset.read(from: directory.path, DatasetSelection(split: "train"))
  #expect(train.labels == [7] && train.classNames?.last == "class99")
  // Any program may call a file test.bin.
  let other = try TemporaryDirectory()
  try other.write("test.bin", [1, 2, 3])
  #expect(throws: ExchangeError.self) { try Dataset.read(from: other.path) }
  #expect(!Dataset.isOtherThanHDF5(other.path) && Dataset.isOtherThanHDF5(directory.path))
}

@Test func damagedBatchesAreRefused() throws {
  let directory = try batches()
  try directory.write("test_batch.bin", record(10, 0))
  let label = #expect(throws: ExchangeError.self) { try Dataset.read(from: directory.path) }
  #expect(label?.message == "expected a label in 0..<10, found 10")
  try directory.write("test_batch.bin", Array(record(1, 0).dropLast()))
  let size = #expect(throws: ExchangeError.self) { try Dataset.read(from: directory.path) }
  #expect(size?.message == "expected records of 3073 bytes, found 3072 bytes")
  let split = #expect(throws: ExchangeError.self) {
    try Dataset.read(from: directory.path, DatasetSelection(split: "val"))
  }
  #expect(split?.message == "expected the split train or test, found val")
  var selection = DatasetSelection()
  selection.layout = .channelsLast
  #expect(throws: ExchangeError.self) { try Dataset.read(from: directory.path, selection) }
}

@Test func directoriesOfNothingKnownAreRefused() throws {
  let directory = try TemporaryDirectory()
  try directory.write("notes.txt", [1])
  let error = #expect(throws: ExchangeError.self) { try Dataset.read(from: directory.path) }
  #expect(error?.kind == .missing)
  #expect(error?.message.hasSuffix("found none of them") == true)
}

/// A batch of the Python version: bytes as Python 3 writes them in protocol 2.
private func pickledBatch(_ labels: String, _ classes: [Int], rows: Int? = nil) -> [UInt8] {
  let pixels = classes.flatMap { record(0, UInt8($0)).dropFirst() }
  let text = String(String.UnicodeScalarView(pixels.map { Unicode.Scalar($0) }))
  let array = Pickled.call(
    .global("numpy.core.numeric", "_frombuffer"),
    [
      .call(.global("_codecs", "encode"), [.text(text), .text("latin1")]),
      .call(.global("numpy", "dtype"), [.text("u1"), .integer(0), .integer(1)]),
      .tuple([.integer(rows ?? classes.count), .integer(3072)]), .text("C"),
    ])
  return Pickled.named([
    ("batch_label", .text("testing batch 1 of 1")), (labels, .list(classes.map(Pickled.integer))), ("data", array),
    ("filenames", .list(classes.map { .text("\($0).png") })),
  ]).bytes
}

@Test func pickledBatchesAreRead() throws {
  let directory = try TemporaryDirectory()
  try directory.write("test_batch", pickledBatch("labels", [9, 0, 3]))
  let names = (0..<10).map { "class \($0)" }
  try directory.write("batches.meta", Pickled.named([("label_names", .list(names.map(Pickled.text)))]).bytes)
  let test = try Dataset.read(from: directory.path)
  #expect(test.labels == [9, 0, 3] && test.classNames == names && test.images.shape == [3, 3, 32, 32])
  #expect(test.images.scalars[1] == 9 / 255 && test.images.scalars[3072 + 1] == 0)
  #expect(test.images.scalars[2048] == 0.4)
  #expect(test.detection == "test_batch: 3 records of CIFAR-10, NCHW uint8, divided by 255")
}

@Test func pickledBatchesOfAHundredClassesAreRead() throws {
  let directory = try TemporaryDirectory()
  try directory.write("test", pickledBatch("fine_labels", [99, 7]))
  try directory.write("meta", Pickled.named([("fine_label_names", .list([]))]).bytes)
  let test = try Dataset.read(from: directory.path)
  #expect(test.labels == [99, 7] && test.classCount == 100 && test.classNames == nil)
}

@Test func pickledBatchesWithOtherContentAreRefused() throws {
  let directory = try TemporaryDirectory()
  func message(_ bytes: [UInt8]) throws -> String {
    try directory.write("test_batch", bytes)
    return try #require(throws: ExchangeError.self) { try Dataset.read(from: directory.path) }.message
  }
  #expect(try message(pickledBatch("fine_labels", [1])).contains("'labels'"))
  #expect(try message(pickledBatch("labels", [1], rows: 2)).contains("an array with the numbers of 2×3072"))
  #expect(try message(Pickled.named([("labels", .list([]))]).bytes).contains("'data'"))
  #expect(try message(Pickled.call(.global("os", "system"), [.text("true")]).bytes).contains("os.system"))
}
