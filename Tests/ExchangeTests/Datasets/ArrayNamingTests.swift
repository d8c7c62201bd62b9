import Exchange
import HDF5
import Testing

/// The paths chosen among arrays of these names (2 images 1×1 each, or 2 labels where the name says so), or the error.
private func choice(_ names: [String], split: String = "test") throws -> String {
  let directory = try TemporaryDirectory()
  let path = directory.path + "/sample.h5"
  try File.write(atomicallyTo: path) { root in
    for name in names {
      let last = name.split(whereSeparator: { !$0.isLetter }).map { $0.lowercased() }
      let isLabels =
        !Set(last).isDisjoint(with: ["y", "label", "labels", "target", "targets", "ans"]) || name == "trainY"
      try root.write(name, [0, 1] as [UInt8], shape: isLabels ? [2] : [2, 1, 1])
    }
  }
  do {
    let detection = try Exchange.Dataset.read(from: path, DatasetSelection(split: split)).detection
    let parts = detection.split(separator: "; ").prefix(2).map { $0.prefix { $0 != ":" } }
    return parts.joined(separator: " ")
  } catch {
    return error.message
  }
}

@Test(
  arguments: [
    ["x_test", "y_test"], ["X_test", "Y_test"], ["test_x", "test_y"], ["test_set_x", "test_set_y"],
    ["test_images", "test_labels"], ["images_test", "labels_test"], ["test/images", "test/labels"],
    ["test/data", "test/label"], ["images/test", "labels/test"], ["data/test/x", "data/test/y"], ["image", "label"],
    ["images", "labels"], ["images", "ans"], ["X", "y"], ["data", "target"], ["data", "targets"], ["data", "label"],
    ["features", "targets"], ["dataset/images", "dataset/labels"], ["inputs", "targets"],
  ])
func namesOfPairsAreUnderstood(names: [String]) throws {
  #expect(try choice(names) == names.joined(separator: " "))
}

@Test func splitsAreDistinguished() throws {
  let names = ["trainX", "trainY", "x_val", "y_val", "testing/images", "testing/labels"]
  #expect(try choice(names, split: "train") == "trainX trainY")
  #expect(try choice(names, split: "validation") == "x_val y_val")
  #expect(try choice(names, split: "valid") == "x_val y_val")
  #expect(try choice(names) == "testing/images testing/labels")
  #expect(try choice(["x_train", "y_train"]).hasSuffix("found x_train, y_train"))
  #expect(try choice(["x_extra", "y_extra"], split: "extra") == "x_extra y_extra")
}

@Test func wordsThatBelongTogetherArePreferred() throws {
  #expect(try choice(["data", "images", "labels", "x", "y"]) == "x y")
  // Arrays of other names do not disturb, those of an attack included.
  #expect(try choice(["x", "x_adv", "y", "y_pred_adv", "index"]) == "x y")
}

@Test func whatIsNotPairedIsRefused() throws {
  #expect(try choice(["train", "test", "neighbors", "distances"]).hasSuffix("found distances, neighbors, test, train"))
  #expect(try choice(["images", "features"]).hasPrefix("expected images and labels of the split test"))
  #expect(try choice(["data", "coarse_labels", "fine_labels"]).hasPrefix("expected images and labels"))
}

@Test func labelsMayLieInAFileOfTheirOwn() throws {
  let directory = try TemporaryDirectory()
  let path = directory.path + "/split_test_x.h5"
  try File.write(atomicallyTo: path) { try $0.write("x", [0, 255] as [UInt8], shape: [2, 1, 1, 1]) }
  try File.write(atomicallyTo: directory.path + "/split_test_y.h5") {
    try $0.write("y", [1, 0] as [UInt8], shape: [2, 1, 1, 1])
  }
  var selection = DatasetSelection()
  selection.layout = .channelsLast
  let dataset = try Exchange.Dataset.read(from: path, selection)
  #expect(dataset.labels == [1, 0])
  #expect(dataset.detection.hasSuffix("labels from \(directory.path)/split_test_y.h5"))
}

@Test func resultsOfTheLabNeedKeys() throws {
  let directory = try TemporaryDirectory()
  let path = directory.path + "/adv.h5"
  try File.write(atomicallyTo: path) { root in
    try root.attributes.set("advlab_format", to: "adversarial")
    for name in ["x", "x_adv"] { try root.write(name, [0, 1] as [Float], shape: [2, 1, 1]) }
    try root.write("y", [1, 0])
  }
  let error = #expect(throws: ExchangeError.self) { try Exchange.Dataset.read(from: path) }
  #expect(error?.message.hasSuffix("or keys for images and labels, found adversarial") == true)
  var selection = DatasetSelection()
  (selection.imagesKey, selection.labelsKey) = ("x_adv", "y")
  #expect(try Exchange.Dataset.read(from: path, selection).labels == [1, 0])
}
