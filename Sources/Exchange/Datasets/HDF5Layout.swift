import HDF5

/// Where one convention of HDF5 datasets keeps images and labels.
struct HDF5Layout {
  /// What the convention is called.
  let name: String
  /// The path of the images; `{split}` stands for the split.
  let images: String
  /// The path of the labels; `{split}` stands for the split.
  let labels: String

  /// The conventions known, in the order in which they are tried.
  static let known = [
    HDF5Layout(name: "Keras", images: "x_{split}", labels: "y_{split}")
  ]

  /// The splits a file may have: the labels of all of them tell how many classes there are.
  static let splits = ["train", "test"]

  /// The paths for one split.
  func paths(_ split: String) -> (images: String, labels: String) {
    (Self.path(images, split), Self.path(labels, split))
  }

  /// The paths of all labels of the file.
  func labelPaths(in root: Group) throws(HDF5Error) -> [String] {
    var paths: [String] = []
    for split in Self.splits {
      let path = Self.path(labels, split)
      if !paths.contains(path), try root.kind(of: path) == .dataset { paths.append(path) }
    }
    return paths
  }

  /// The convention that a file follows for a split, or that the selection states.
  static func find(in root: Group, file: String, _ selection: DatasetSelection) throws -> HDF5Layout {
    switch (selection.imagesKey, selection.labelsKey) {
    case (let images?, let labels?): return HDF5Layout(name: "given", images: images, labels: labels)
    case (nil, nil): break
    case (_?, nil), (nil, _?):
      throw ExchangeError(file: file, expected: "keys for both images and labels", found: "one key")
    }
    for layout in known {
      let (images, labels) = layout.paths(selection.split)
      if try root.kind(of: images) == .dataset, try root.kind(of: labels) == .dataset { return layout }
    }
    let expected = known.map { layout in
      let (images, labels) = layout.paths(selection.split)
      return "the datasets \(images) and \(labels)"
    }
    let names = try root.children().map(\.path)
    let shown = names.isEmpty ? "nothing" : names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", …" : "")
    throw ExchangeError(file: file, object: "/", expected: expected.joined(separator: " or "), found: shown)
  }

  private static func path(_ pattern: String, _ split: String) -> String {
    pattern.split(separator: "{split}", omittingEmptySubsequences: false).joined(separator: split)
  }
}
