/// The arrays of NumPy files: single ones, directories of them, archives.
enum NumPyFiles {
  private static let suffix = ".npy"
  /// Archives are held in memory compressed, the arrays that are used decompressed: those of MNIST and CIFAR-10 take
  /// 200 MB.
  private static let mostArchiveBytes = 2 << 30
  static let mostArrayBytes = 4 << 30
  /// Enough for the names of thousands of classes.
  static let mostNameBytes = 4 << 20
  /// Enough for the names of thousands of arrays.
  private static let directoryBytes = 1 << 20

  /// Whether a file has the signature of an array.
  static func isArray(_ path: String) throws(ExchangeError) -> Bool {
    try InputFile(path).read(atMost: NumPyArray.signature.count) == NumPyArray.signature
  }

  /// Whether a file has the signature of a zip archive.
  static func isArchive(_ path: String) throws(ExchangeError) -> Bool {
    try InputFile(path).read(atMost: ZipArchive.signature.count) == ZipArchive.signature
  }

  /// Whether the directory at the end of an archive may contain an array's name.
  static func mayHold(_ name: String, in path: String) -> Bool {
    guard (try? isArchive(path)) == true, let file = try? InputFile(path),
      let end = try? file.read(atMost: directoryBytes, from: max(0, file.size - directoryBytes))
    else { return false }
    return String(decoding: end, as: UTF8.self).contains(name + suffix)
  }

  /// The directory of an archive with arrays in it.
  static func archive(_ path: String) throws(ExchangeError) -> ZipArchive {
    let file = try InputFile(path)
    guard file.size <= mostArchiveBytes else {
      throw ExchangeError(
        file: path, expected: "an archive of at most \(mostArchiveBytes) bytes; save larger data as .npy or HDF5",
        found: "\(file.size)")
    }
    let archive = try ZipArchive(try file.read(atMost: mostArchiveBytes), path: path)
    guard archive.names.contains(where: { $0.hasSuffix(suffix) }) else {
      throw ExchangeError(
        file: path, expected: "an archive of NumPy arrays",
        found: archive.names.isEmpty ? "an empty one" : archive.names.prefix(8).joined(separator: ", "))
    }
    return archive
  }

  /// The names of the arrays of an archive.
  static func names(in archive: ZipArchive) -> [String] {
    archive.names.filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.count)) }
  }

  /// An array of an archive, decompressed; nil where there is none of the name.
  static func array(_ name: String, in archive: ZipArchive, file: String) throws(ExchangeError) -> StoredArray? {
    try member(name, of: archive, file: file).map { StoredArray($0, name: name, file: file, isMember: true) }
  }

  /// The same in NumPy's format, of at most so many bytes.
  static func member(
    _ name: String, of archive: ZipArchive, file: String, limit: Int = mostArrayBytes
  ) throws(ExchangeError) -> NumPyArray? {
    guard let bytes = try archive.content(of: name + suffix, limit: limit) else { return nil }
    return try NumPyArray(.bytes(bytes), file: file, name: name)
  }

  /// The header of an array of an archive; nil where it is damaged.
  static func header(of name: String, in archive: ZipArchive, file: String) -> NumPyHeader? {
    guard let bytes = try? archive.beginning(of: name + suffix, atMost: 1 << 16) else { return nil }
    return try? NumPyArray.header(of: .bytes(bytes), file: file, name: name).header
  }

  /// An array of images, and the labels in the same directory: under the corresponding name, or as `labels.npy`.
  static func pair(_ path: String, split: String) throws(ExchangeError) -> (images: StoredArray, labels: StoredArray) {
    let directory = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let own = Dataset.name(ofPath: path)
    var others = try names(inDirectory: directory)
    others.removeAll { $0 == own }
    if let naming = ArrayNaming(own, split: split), naming.role == .images {
      let namings = others.compactMap { name in ArrayNaming(name, split: split).map { (name: name, naming: $0) } }
      let labels = namings.filter { $0.naming.role == .labels && $0.naming.split == naming.split }
      if let chosen = ArrayPair.choose([(own, naming)] + labels) {
        return (try array(path), try array(chosen.labels, inDirectory: directory))
      }
    }
    if let labels = ArrayNaming.labelNames(besideImages: own).first(where: others.contains) {
      return (try array(path), try array(labels, inDirectory: directory))
    }
    // CIFAR-10-C and similar datasets: one array per corruption, one array of labels for all.
    guard others.contains("labels") else {
      throw ExchangeError(
        file: path, expected: "labels beside the images, such as y_test.npy beside x_test.npy, or labels.npy",
        found: others.isEmpty ? "no other array" : others.prefix(8).joined(separator: ", "))
    }
    return (try array(path), try array("labels", inDirectory: directory))
  }

  /// An array of a directory, named as its file is.
  static func array(_ name: String, inDirectory path: String) throws(ExchangeError) -> StoredArray {
    try array(path.hasSuffix("/") ? path + name + suffix : "\(path)/\(name)\(suffix)")
  }

  /// The names of the arrays of a directory.
  static func names(inDirectory path: String) throws(ExchangeError) -> [String] {
    try DirectoryContent(path).files.filter { $0.hasSuffix(suffix) }.map { String($0.dropLast(suffix.count)) }
  }

  /// The array of a file, named as the file is.
  static func array(_ path: String) throws(ExchangeError) -> StoredArray {
    StoredArray(try NumPyArray(.file(path), file: path), name: Dataset.name(ofPath: path), file: path, isMember: false)
  }
}
