/// Which arrays of a file are images and labels of a split.
struct ArrayPair {
  let images: StoredArray
  let labels: StoredArray
  /// The labels of other splits: they tell how many classes there are.
  var otherLabels: [String] = []
  /// What else a user should know about the choice.
  var remark: String?

  /// The files of both.
  var files: [String] { [images.place.file, labels.place.file] }

  /// As the keys of the selection say, or else as the names of the arrays do.
  static func find(in dataset: ArrayDataset, _ selection: DatasetSelection) throws -> ArrayPair {
    switch (selection.imagesKey, selection.labelsKey) {
    case (let images?, let labels?):
      return ArrayPair(images: try array(images, dataset), labels: try array(labels, dataset))
    case (nil, nil):
      try dataset.refuseResults()
      return try dataset.pair ?? named(in: dataset, selection.split)
    case (_?, nil), (nil, _?):
      throw ExchangeError(file: dataset.path, expected: "keys for both images and labels", found: "one key")
    }
  }

  private static func array(_ key: String, _ dataset: ArrayDataset) throws -> StoredArray {
    guard let array = try dataset.array(key) else {
      throw ExchangeError(
        file: dataset.path, object: key.hasPrefix("/") ? key : "/" + key, expected: "an array of this name",
        found: list(dataset.names))
    }
    return array
  }

  private static func named(in dataset: ArrayDataset, _ split: String) throws -> ArrayPair {
    let canonical = ArrayNaming.canonical(split: split)
    let namings = dataset.names.compactMap { name in ArrayNaming(name, split: split).map { (name: name, naming: $0) } }
    // Names without a split count where no name has one.
    let hasSplits = namings.contains { $0.naming.split != nil }
    let candidates = namings.filter { $0.naming.split == canonical || !hasSplits }
    guard let (images, labels) = choose(candidates) else {
      if let pair = try separateFiles(dataset, candidates.map(\.name)) { return pair }
      throw ExchangeError(
        file: dataset.path, object: "/",
        expected: "images and labels of the split \(split), such as x_\(split) and y_\(split), \(split)/images and "
          + "\(split)/labels, images and labels, data and label; or keys for both",
        found: list(dataset.names))
    }
    let chosen = ArrayNaming(labels, split: split)
    let others = namings.filter { $0.naming.role == .labels && $0.naming.word == chosen?.word && $0.name != labels }
    var remark: String? = hasSplits ? nil : "no splits: all rows are read as \(split)"
    if try dataset.hasFuelSplits() { remark = "the ranges of its splits are not read: all rows are read as \(split)" }
    return ArrayPair(
      images: try array(images, dataset), labels: try array(labels, dataset), otherLabels: others.map(\.name),
      remark: remark)
  }

  /// The only two there are, or those whose words belong together.
  static func choose(_ candidates: [(name: String, naming: ArrayNaming)]) -> (images: String, labels: String)? {
    let images = candidates.filter { $0.naming.role == .images }
    let labels = candidates.filter { $0.naming.role == .labels }
    if images.count == 1, labels.count == 1 { return (images[0].name, labels[0].name) }
    for pair in ArrayNaming.pairs {
      let (ours, theirs) = (
        images.filter { $0.naming.word == pair.images }, labels.filter { $0.naming.word == pair.labels }
      )
      if ours.count == 1, theirs.count == 1 { return (ours[0].name, theirs[0].name) }
    }
    return nil
  }

  /// PCam keeps images and labels in two files, `…_x.h5` and `…_y.h5`.
  private static func separateFiles(_ dataset: ArrayDataset, _ candidates: [String]) throws -> ArrayPair? {
    guard candidates.count == 1, let mark = dataset.path.ranges(of: "_x.").last else { return nil }
    var other = dataset.path
    other.replaceSubrange(mark, with: "_y.")
    guard InputFile.exists(other) else { return nil }
    let labels = try ArrayDataset(hdf5: other)
    guard labels.names.count == 1 else { return nil }
    return ArrayPair(
      images: try array(candidates[0], dataset), labels: try array(labels.names[0], labels),
      remark: "labels from \(other)")
  }

  private static func list(_ names: [String]) -> String {
    if names.isEmpty { return "nothing" }
    return names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", …" : "")
  }
}
