/// Which arrays of a file are images and labels of a split.
struct ArrayPair {
  let images: StoredArray
  let labels: StoredArray
  /// The labels of other splits, which are used to count the classes.
  var otherLabels: [String] = []
  /// What else a user should know about the choice.
  var remark: String?
  /// The split they are of, where it is another than was named.
  var split: String?

  /// The files of both.
  var files: [String] { [images.place.file, labels.place.file] }

  /// Found by the keys of the selection, else by the names of the arrays, else by their shapes.
  static func find(in dataset: ArrayDataset, _ selection: DatasetSelection) throws -> ArrayPair {
    if let file = selection.labelsFile { return try apart(dataset, try ArrayDataset(ofLabels: file), selection) }
    switch (selection.imagesKey, selection.labelsKey) {
    case (let images?, let labels?):
      return ArrayPair(images: try array(images, dataset), labels: try array(labels, dataset))
    case (nil, nil):
      try dataset.refuseResults()
      if let pair = dataset.pair { return pair }
      return try named(in: dataset, selection) ?? shaped(in: dataset, selection)
        ?? { throw missing("images and labels", in: dataset, selection.split) }()
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

  private static func missing(_ what: String, in dataset: ArrayDataset, _ split: String) -> ExchangeError {
    ExchangeError(
      file: dataset.path, object: "/",
      expected: "\(what) of the split \(split), such as x_\(split) and y_\(split), \(split)/images and "
        + "\(split)/labels, images and labels, data and label; or keys for both",
      found: list(dataset.names))
  }

  private static func named(in dataset: ArrayDataset, _ selection: DatasetSelection) throws -> ArrayPair? {
    let namings = Namings(dataset.names, selection)
    guard let (images, labels) = choose(namings.candidates) else {
      return try separateFiles(dataset, namings.candidates.map(\.name))
    }
    let chosen = ArrayNaming(labels, split: selection.split)
    let others = namings.all.filter { $0.naming.role == .labels && $0.naming.word == chosen?.word && $0.name != labels }
    var pair = ArrayPair(
      images: try array(images, dataset), labels: try array(labels, dataset), otherLabels: others.map(\.name))
    pair.split = namings.split
    pair.remark =
      try dataset.hasFuelSplits()
      ? "the ranges of its splits are not read: all rows are read as \(selection.split)" : namings.remark
    return pair
  }

  /// Two arrays with unknown names, such as `arr_0` and `arr_1`: a column of as many labels as the other has rows.
  private static func shaped(in dataset: ArrayDataset, _ selection: DatasetSelection) throws -> ArrayPair? {
    // Arrays of a split that was not asked for are not taken for those of the one that was.
    guard dataset.names.count <= 8, Namings(dataset.names, selection).split == Dataset.allRows else { return nil }
    let arrays = try dataset.numericArrays()
    guard arrays.count == 2, arrays[0].shape.first == arrays[1].shape.first else { return nil }
    let columns = arrays.filter { $0.shape.dropFirst().allSatisfy { $0 == 1 } }
    guard columns.count == 1, let labels = columns.first, let images = arrays.first(where: { $0.path != labels.path })
    else { return nil }
    return ArrayPair(
      images: images, labels: labels, remark: "by their shapes; no splits: all rows are read as \(selection.split)",
      split: Dataset.allRows)
  }

  /// Images and labels of two files. In each, the array is found by its name, or is the only one.
  private static func apart(
    _ images: ArrayDataset, _ labels: ArrayDataset, _ selection: DatasetSelection
  ) throws -> ArrayPair {
    let (found, split, remark) = try array(.images, of: images, selection.imagesKey, selection)
    let (others, _, _) = try array(.labels, of: labels, selection.labelsKey, selection)
    var pair = ArrayPair(images: found, labels: others)
    pair.split = split
    pair.remark = ["labels from \(labels.path)", remark].compactMap { $0 }.joined(separator: "; ")
    return pair
  }

  private static func array(
    _ role: ArrayNaming.Role, of dataset: ArrayDataset, _ key: String?, _ selection: DatasetSelection
  ) throws -> (StoredArray, split: String?, remark: String?) {
    if let key { return (try array(key, dataset), nil, nil) }
    if dataset.names.count == 1 { return (try array(dataset.names[0], dataset), nil, nil) }
    let namings = Namings(dataset.names, selection)
    let candidates = namings.candidates.filter { $0.naming.role == role }
    guard candidates.count == 1 else {
      throw missing(role == .images ? "images" : "labels", in: dataset, selection.split)
    }
    return (try array(candidates[0].name, dataset), namings.split, namings.remark)
  }

  /// The only two arrays, or two whose words belong together.
  static func choose(_ candidates: [(name: String, naming: ArrayNaming)]) -> (images: String, labels: String)? {
    let images = preferred(candidates.filter { $0.naming.role == .images })
    let labels = preferred(candidates.filter { $0.naming.role == .labels })
    if images.count == 1, labels.count == 1 { return (images[0].name, labels[0].name) }
    for pair in ArrayNaming.pairs {
      let (ours, theirs) = (
        images.filter { $0.naming.word == pair.images }, labels.filter { $0.naming.word == pair.labels }
      )
      if ours.count == 1, theirs.count == 1 { return (ours[0].name, theirs[0].name) }
    }
    return nil
  }

  /// Those of one version, where there are several: clean images rather than adversarial ones.
  private static func preferred(_ candidates: [(name: String, naming: ArrayNaming)]) -> [(
    name: String, naming: ArrayNaming
  )] {
    let version = candidates.map(\.naming.version).min()
    return candidates.filter { $0.naming.version == version }
  }

  /// PCam keeps images and labels in two files, `…_x.h5` and `…_y.h5`.
  private static func separateFiles(_ dataset: ArrayDataset, _ candidates: [String]) throws -> ArrayPair? {
    let start = dataset.path.lastIndex(of: "/").map { dataset.path.index(after: $0) } ?? dataset.path.startIndex
    let others = ArrayNaming.labelNames(besideImages: String(dataset.path[start...]))
      .map { String(dataset.path[..<start]) + $0 }
    guard candidates.count == 1, let other = others.first(where: InputFile.exists) else { return nil }
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

/// What the names of the arrays of a file say.
private struct Namings {
  typealias Named = (name: String, naming: ArrayNaming)

  /// The arrays whose names say something.
  let all: [Named]
  /// Those of the split that is read. Names without a split count where no name has one.
  let candidates: [Named]
  /// The split that is read, where it is another than was named.
  let split: String?
  /// A remark on the split for the user.
  let remark: String?

  init(_ names: [String], _ selection: DatasetSelection) {
    all = names.compactMap { name in ArrayNaming(name, split: selection.split).map { (name, $0) } }
    let splits = Set(all.compactMap(\.naming.split)).sorted()
    guard !splits.isEmpty else {
      (candidates, split) = (all, Dataset.allRows)
      remark = "no splits: all rows are read as \(selection.split)"
      return
    }
    var canonical = selection
    canonical.split = ArrayNaming.canonical(split: selection.split)
    let chosen = canonical.split(among: splits)
    let name = chosen?.name ?? canonical.split
    candidates = all.filter { $0.naming.split == name }
    remark = chosen?.remark
    split = remark == nil ? nil : name
  }
}
