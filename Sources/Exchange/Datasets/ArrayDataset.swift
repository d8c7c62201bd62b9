import HDF5
import Networks

/// Images and labels among the named arrays of an HDF5 file, a NumPy archive or a directory of NumPy arrays.
struct ArrayDataset {
  private enum Source {
    case hdf5(Group)
    case archive(ZipArchive)
    case directory(String)
    case single(StoredArray)
    /// Known images and labels, which need not be found by name.
    case pair(images: StoredArray, labels: StoredArray)
  }

  let path: String
  /// The paths of all arrays.
  let names: [String]
  private let source: Source

  /// Conventional names of attributes and arrays with the names of classes.
  private static let classNameArrays = [Dataset.classNamesKey, "list_classes", "category_names", "label_names"]

  init(hdf5 path: String) throws {
    self.path = path
    let root = try File(reading: path).root
    names = try root.walk().filter { $0.kind == .dataset }.map(\.path)
    source = .hdf5(root)
  }

  init(archive path: String) throws(ExchangeError) {
    self.path = path
    let archive = try NumPyFiles.archive(path)
    names = NumPyFiles.names(in: archive)
    source = .archive(archive)
  }

  init(directory path: String) throws(ExchangeError) {
    self.path = path
    names = try NumPyFiles.names(inDirectory: path)
    source = .directory(path)
  }

  /// A file of any of these forms; of a single NumPy array, that array alone.
  init(ofFile path: String) throws {
    if try NumPyFiles.isArray(path) {
      self.init(path, array: try NumPyFiles.array(path))
    } else if try NumPyFiles.isArchive(path) {
      try self.init(archive: path)
    } else {
      try self.init(hdf5: path)
    }
  }

  /// A file of labels of any of these forms, or a text with a whole number on each line.
  init(ofLabels path: String) throws {
    try ForeignFile.refuse(path, as: .dataset)
    if let text = try LabelText(path) {
      self.init(path, array: StoredArray(text, file: path))
    } else {
      try self.init(ofFile: path)
    }
  }

  private init(_ path: String, array: StoredArray) {
    self.path = path
    names = [array.path]
    source = .single(array)
  }

  init(_ path: String, images: StoredArray, labels: StoredArray) {
    self.path = path
    names = [images.path, labels.path]
    source = .pair(images: images, labels: labels)
  }

  /// Finds and understands the arrays, and reads the labels.
  func open(_ selection: DatasetSelection) throws -> OpenDataset {
    let pair = try ArrayPair.find(in: self, selection)
    let images = try StoredImages(pair.images, selection)
    let labels = try StoredLabels(pair.labels, tenIsZero: selection.labelTenIsZero)
    let rows = try selection.rows(of: images.count, at: images.place)
    guard images.count == labels.values.count else {
      throw labels.place.error(
        expected: "\(images.count) labels, one for each image of \(pair.images.path)", found: "\(labels.values.count)")
    }
    let classes = try classes(pair, labels, selection)
    let files = pair.images.place.file == pair.labels.place.file ? [pair.images.place.file] : pair.files
    let head = OpenDataset.Head(
      name: Dataset.name(ofPath: path), split: pair.split ?? selection.split,
      imageShape: try images.imageShape(), classCount: classes.count, classNames: classes.names,
      pixelRange: images.pixelRange, pixelDivisor: images.divisor,
      digest: try files.count == 1 ? FileDigest(ofFile: files[0]) : FileDigest(ofFiles: files),
      detection: "\(pair.images.path): \(images.detection); \(pair.labels.path): \(labels.detection)"
        + [pair.remark, classes.remark].compactMap { $0 }.map { "; \($0)" }.joined(),
      areRows: images.areRows, origin: Dataset.Origin(images: images.place, labels: labels.place))
    return try OpenDataset(rows, labels: labels.values[rows], head) { rows in
      (try images.read(rows), Array(labels.values[rows]))
    }
  }

  /// Images and labels, where they are known.
  var pair: ArrayPair? {
    guard case .pair(let images, let labels) = source else { return nil }
    return ArrayPair(images: images, labels: labels, remark: "labels from \(labels.place.file)")
  }

  /// The array at a path; nil where there is none.
  func array(_ name: String) throws -> StoredArray? {
    let wanted = name.split(separator: "/").joined(separator: "/")
    switch source {
    case .pair(let images, let labels): return [images, labels].first { $0.path == wanted }
    case .single(let array): return array.path == wanted ? array : nil
    case .directory(let path): return names.contains(wanted) ? try NumPyFiles.array(wanted, inDirectory: path) : nil
    case .archive(let archive): return try NumPyFiles.array(wanted, in: archive, file: path)
    case .hdf5(let root):
      guard try root.kind(of: wanted) == .dataset else { return nil }
      return try StoredArray(try root.dataset(wanted), path: wanted, of: root, file: path)
    }
  }

  /// The arrays of numbers.
  func numericArrays() throws -> [StoredArray] {
    try names.compactMap { try array($0) }.filter { $0.elementType.isNumeric && !$0.shape.isEmpty }
  }

  /// Whether splits are ranges of rows in an attribute, as the library Fuel writes them.
  func hasFuelSplits() throws -> Bool {
    guard case .hdf5(let root) = source, let split = try root.attributes.description(of: "split") else { return false }
    return if case .other = split.elementType { true } else { false }
  }

  /// Refuses AdvLab's other files: they hold two kinds of images, so keys must say which are meant.
  func refuseResults() throws {
    guard let record, let format = try record.text(FileFormat.mark), format != FileFormat.dataset.rawValue else {
      return
    }
    throw ExchangeError(
      file: path, object: record.object,
      expected: "the \(record.noun) \(FileFormat.mark) to be dataset, or keys for images and labels", found: format)
  }

  private var record: FileRecord? {
    switch source {
    case .hdf5(let root): .attributes(root.attributes)
    case .archive(let archive): .members(of: archive, file: path)
    case .directory, .single, .pair: nil
    }
  }

  private func classNames() throws -> [String]? {
    for name in Self.classNameArrays {
      if let names = try texts(name), !names.isEmpty { return names }
    }
    return nil
  }

  /// An attribute of the root or an array with texts; nil where there is none of the name, or one of numbers.
  private func texts(_ name: String) throws -> [String]? {
    switch source {
    case .hdf5(let root):
      if let names = try? root.attributes.strings(name) { return names }
      guard try root.kind(of: name) == .dataset, let dataset = try? root.dataset(name),
        case .string = dataset.elementType
      else { return nil }
      return try? dataset.readStrings()
    case .archive(let archive):
      return try? NumPyFiles.member(name, of: archive, file: path, limit: NumPyFiles.mostNameBytes)?.texts()
    case .directory(let path):
      return names.contains(name) ? try? NumPyArray(.file("\(path)/\(name).npy"), file: path).texts() : nil
    case .single, .pair: return nil
    }
  }

  /// As many classes as the file says, or has names for, or else one more than the largest label of all its splits.
  /// Class names that are fewer than the labels need belong to something else.
  private func classes(
    _ pair: ArrayPair, _ labels: StoredLabels, _ selection: DatasetSelection
  ) throws -> (count: Int, names: [String]?, remark: String?) {
    let counted = try classCount(pair, labels, selection)
    guard let names = try classNames() else { return (counted.count, nil, nil) }
    if names.count == counted.count || names.count > counted.count && !counted.isStated {
      return (names.count, names, nil)
    }
    return (counted.count, nil, "\(names.count) names for \(counted.count) classes: left out")
  }

  private func classCount(
    _ pair: ArrayPair, _ labels: StoredLabels, _ selection: DatasetSelection
  ) throws -> (count: Int, isStated: Bool) {
    if case .hdf5(let root) = source, let count = try root.attributes.number("class_count", as: Int.self) {
      return (count, true)
    }
    if let count = labels.statedClassCount { return (count, true) }
    var largest = labels.values.max() ?? 0
    for name in pair.otherLabels {
      guard let array = try array(name) else { continue }
      largest = max(largest, try StoredLabels(array, tenIsZero: selection.labelTenIsZero).values.max() ?? 0)
    }
    return (largest + 1, false)
  }
}
