import HDF5
import Networks

/// Images and labels in an HDF5 file.
enum HDF5Dataset {
  static func read(_ path: String, _ selection: DatasetSelection) throws(ExchangeError) -> Dataset {
    try exchanging(path) {
      let root = try File(reading: path).root
      let layout = try HDF5Layout.find(in: root, file: path, selection)
      let paths = layout.paths(selection.split)
      let images = try StoredImages(try root.dataset(paths.images), of: root, file: path, selection)
      let labels = try StoredLabels(try root.dataset(paths.labels), file: path)
      let rows = try selection.rows(of: images.count, at: images.place)
      guard images.count == labels.values.count else {
        throw labels.place.error(
          expected: "\(images.count) labels, one for each image of \(paths.images)", found: "\(labels.values.count)")
      }
      let classNames = try classNames(root)
      return try Dataset(
        name: Dataset.name(ofPath: path), split: selection.split, images: try images.read(rows),
        labels: Array(labels.values[rows]), ids: Array(rows),
        classCount: try classNames?.count ?? classCount(layout, in: root, file: path, known: labels),
        classNames: classNames, pixelRange: images.pixelRange, sha256: try SHA256.hex(ofFile: path),
        origin: Dataset.Origin(images: images.place, labels: labels.place))
    }
  }

  private static func classNames(_ root: Group) throws -> [String]? {
    guard let names = try root.attributes.strings("class_names"), !names.isEmpty else { return nil }
    return names
  }

  /// What the file says, or else one more than the largest label of all its splits.
  private static func classCount(_ layout: HDF5Layout, in root: Group, file: String, known: StoredLabels) throws -> Int
  {
    if let count = try root.attributes.number("class_count", as: Int.self) { return count }
    var largest = known.values.max() ?? 0
    for path in try layout.labelPaths(in: root) {
      let dataset = try root.dataset(path)
      if dataset.path == known.place.object { continue }
      largest = max(largest, try StoredLabels(dataset, file: file).values.max() ?? 0)
    }
    return largest + 1
  }
}

/// A column of classes in an HDF5 file.
private struct StoredLabels {
  let place: Dataset.Origin.Place
  let values: [Int]

  /// Reads whole numbers, of whatever numeric type, from an array of shape (N) or (N, 1, …).
  init(_ dataset: HDF5.Dataset, file: String) throws {
    place = Dataset.Origin.Place(file: file, object: dataset.path)
    guard dataset.elementType.isNumeric else {
      throw place.error(expected: "labels that are whole numbers", found: dataset.elementType.description)
    }
    guard dataset.shape.count >= 1, dataset.shape.dropFirst().allSatisfy({ $0 == 1 }) else {
      throw place.error(expected: "labels of shape N or N×1", found: "\(Shape(dataset.shape))")
    }
    if case .float = dataset.elementType {
      values = try Self.whole(try dataset.read(as: Double.self), place)
    } else {
      values = try dataset.read(as: Int.self)
    }
    for (index, label) in values.enumerated() where !(0..<DatasetCheck.mostClasses).contains(label) {
      throw place.error(
        example: index, expected: "a label from 0 to \(DatasetCheck.mostClasses - 1)", found: "\(label)")
    }
  }

  private static func whole(_ numbers: [Double], _ place: Dataset.Origin.Place) throws(ExchangeError) -> [Int] {
    var result: [Int] = []
    result.reserveCapacity(numbers.count)
    for (index, number) in numbers.enumerated() {
      guard let label = Int(exactly: number) else {
        throw place.error(example: index, expected: "a whole number as label", found: "\(number)")
      }
      result.append(label)
    }
    return result
  }
}
