import Exchange
import HDF5
import Networks
import Testing

/// Two images, and labels of a file with this text.
private func labels(_ text: String) throws -> [Int] {
  let directory = try TemporaryDirectory()
  let path = try directory.write("images.npy", npy("|u1", "(2, 1, 1)", [0, 255]))
  var selection = DatasetSelection()
  selection.labelsFile = try directory.write("labels.txt", Array(text.utf8))
  return try Dataset.read(from: path, selection).labels
}

private func message(_ text: String) throws -> String {
  try #require(throws: ExchangeError.self) { try labels(text) }.message
}

@Test func aNumberOnEachLine() throws {
  for text in [
    "3\n0\n", "3\n0", "3\r\n0\r\n", "3\r0\r", " 3 \n\t0\n\n\n", "\u{FEFF}3\n0\n", "+3\n-0\n",
    "3.000000000000000000e+00\n0.0\n",
  ] {
    #expect(try labels(text) == [3, 0], "\(text)")
  }
}

@Test func linesThatAreNoneAreRefused() throws {
  let expected = "expected a whole number on each line, without a header, found "
  #expect(try message("label\n3\n0\n") == expected + "'label' on line 1")
  #expect(try message("3\n0,1\n") == expected + "'0,1' on line 2")
  #expect(try message("3\n\n0\n") == expected + "nothing on line 2")
  #expect(try message("3\n0.5\n") == expected + "'0.5' on line 2")
  #expect(try message("3\nnan\n") == expected + "'nan' on line 2")
  #expect(try message("3\n99999999999999999999\n") == expected + "'99999999999999999999' on line 2")
  #expect(try message("3\n") == "expected 2 labels, one for each image of images, found 1")
  #expect(try message("3\n-1\n") == "expected a label from 0 to 999999, found -1")
  // Not texts: read as what they are, or named.
  #expect(try message("").contains("empty"))
  #expect(try message("3\u{0}\n").contains("no HDF5 signature"))
  #expect(try message("version https://git-lfs.github.com/spec/v1\n").contains("git lfs pull"))
}

@Test func labelsBesideImagesOfHDF5() throws {
  let directory = try TemporaryDirectory()
  let path = directory.path + "/camelyonpatch_level_2_split_test_x.h5"
  try File.write(atomicallyTo: path) { try $0.write("x", [0, 255] as [UInt8], shape: [2, 1, 1]) }
  var selection = DatasetSelection()
  selection.labelsFile = try directory.write("answers.csv", Array("1\n0\n".utf8))
  let dataset = try Exchange.Dataset.read(from: path, selection)
  #expect(dataset.labels == [1, 0])
  #expect(dataset.detection.contains("answers: int64 labels; labels from \(directory.path)/answers.csv"))
  #expect(dataset.sha256?.count == 64)
}
