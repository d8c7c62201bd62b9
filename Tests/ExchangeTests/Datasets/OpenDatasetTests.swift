import Exchange
import HDF5
import Networks
import Testing

private let count = 9
private let pixels = (0..<count * 4).map { UInt8(truncatingIfNeeded: $0 &* 37) }
private let labels = (0..<count).map { Int64($0 % 3) }

private func idx(_ shape: [Int], _ bytes: [UInt8]) -> [UInt8] {
  let extents = shape.flatMap { extent in (0..<4).map { UInt8(truncatingIfNeeded: extent >> (24 - 8 * $0)) } }
  return [0, 0, 8, UInt8(shape.count)] + extents + bytes
}

private enum Form: CaseIterable {
  case hdf5, mnist, gzippedMNIST, numPy, cifar

  /// Writes a test split of the images.
  func write(to directory: TemporaryDirectory) throws -> String {
    switch self {
    case .hdf5:
      let path = directory.path + "/d.h5"
      try File.write(atomicallyTo: path) { root in
        try root.write("x_test", pixels, shape: [count, 1, 2, 2], storage: .compressed())
        try root.write("y_test", labels)
      }
      return path
    case .mnist, .gzippedMNIST:
      let (images, classes) = (idx([count, 2, 2], pixels), idx([count], labels.map { UInt8($0) }))
      let (suffix, isGzipped) = self == .mnist ? ("", false) : (".gz", true)
      try directory.write("t10k-images-idx3-ubyte\(suffix)", isGzipped ? gzipped(images) : images)
      try directory.write("t10k-labels-idx1-ubyte\(suffix)", isGzipped ? gzipped(classes) : classes)
    case .numPy:
      try directory.write("x_test.npy", npy("|u1", "(\(count), 1, 2, 2)", pixels))
      try directory.write("y_test.npy", npy("<i8", "(\(count),)", bytes(labels)))
    case .cifar:
      let records = (0..<count).flatMap { row in
        [UInt8(labels[row])] + [UInt8](repeating: pixels[row], count: 3072)
      }
      try directory.write("test_batch.bin", records)
    }
    return directory.path
  }
}

@Suite struct OpenDatasetTests {
  /// In any order, with rows that were passed, and after an offset.
  @Test(arguments: Form.allCases) fileprivate func rangesAreThoseOfTheWhole(form: Form) throws {
    let directory = try TemporaryDirectory()
    let path = try form.write(to: directory)
    let selection = DatasetSelection(offset: 1, count: 7)
    let (whole, open) = (try Dataset.read(from: path, selection), try OpenDataset(path, selection))
    #expect(open.count == 7 && open.form == whole.form)
    for range in [0..<2, 2..<5, 4..<7, 0..<1, 6..<7, 0..<7] {
      let part = try open.examples(range)
      #expect(part.images == whole.images.examples(range))
      #expect(part.labels == Array(whole.labels[range]) && part.ids == Array(whole.ids[range]))
      #expect(part.sha256 == whole.sha256 && part.detection == whole.detection && part.path == whole.path)
      #expect(part.pixelDivisor == whole.pixelDivisor && part.classCount == whole.classCount)
    }
  }

  /// What is wrong with a label is found at once, what is wrong with a pixel when it is read.
  @Test func faultsAreFoundAsEarlyAsTheyCanBe() throws {
    let directory = try TemporaryDirectory()
    func write(_ name: String, _ pixel: Float, _ label: Int64) throws -> String {
      let path = "\(directory.path)/\(name)"
      try File.write(atomicallyTo: path) { root in
        try root.write("x", [Float](repeating: 0, count: 8) + [0, 0.5, pixel, 0], shape: [3, 1, 2, 2])
        try root.write("y", [0, 1, label])
        try root.attributes.set("class_count", to: 2)
      }
      return path
    }
    let labels = #expect(throws: ExchangeError.self) { try OpenDataset(write("l.h5", 1, 2), DatasetSelection()) }
    #expect(labels?.message.hasSuffix("found 2") == true && labels?.example == 2)
    let open = try OpenDataset(write("p.h5", 7, 1), DatasetSelection())
    #expect(try open.examples(0..<2).count == 2)
    let pixels = #expect(throws: ExchangeError.self) { try open.examples(2..<3) }
    #expect(pixels?.example == 2)
  }

  /// The end of a file is checked when its last range is read, not before.
  @Test func aFileThatIsTooLongIsRefusedAtItsEnd() throws {
    let directory = try TemporaryDirectory()
    try directory.write("t10k-images-idx3-ubyte", idx([count, 2, 2], pixels) + [0])
    try directory.write("t10k-labels-idx1-ubyte", idx([count], labels.map { UInt8($0) }))
    let open = try OpenDataset(directory.path, DatasetSelection())
    #expect(try open.examples(0..<4).count == 4)
    let error = #expect(throws: ExchangeError.self) { try open.examples(4..<count) }
    #expect(error?.message.hasSuffix("found more bytes") == true)
  }
}
