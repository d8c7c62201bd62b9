/// A NumPy archive being put together: what `numpy.savez` writes.
struct NumPyArchive {
  private var members: [Member] = []
  /// The names of the members that have a row for each example.
  private var growing: Set<String> = []

  /// An array: the bytes of its elements, and what its header says.
  private struct Member {
    let name: String
    let type: String
    var shape: [Int]
    var elements: [UInt8]
  }

  /// Whether the name of a file asks for one.
  static func isMeant(by path: String) -> Bool { path.lowercased().hasSuffix(".npz") }

  /// The number of rows of each array that has one for each example.
  var rowCounts: [(name: String, count: Int)] {
    members.filter { growing.contains($0.name) }.map { ($0.name, $0.shape[0]) }
  }

  /// Numbers in row-major order.
  mutating func add(_ name: String, _ values: [Float], shape: [Int]) {
    members.append(Member(name: name, type: "<f4", shape: shape, elements: Self.bytes(values.map(\.bitPattern))))
  }

  /// A number.
  mutating func add(_ name: String, _ values: [Double]) {
    members.append(
      Member(name: name, type: "<f8", shape: [values.count], elements: Self.bytes(values.map(\.bitPattern))))
  }

  /// A number.
  mutating func add(_ name: String, _ values: [Int]) {
    members.append(
      Member(name: name, type: "<i8", shape: [values.count], elements: Self.bytes(values.map(Int64.init))))
  }

  /// A text.
  mutating func add(_ name: String, _ text: String) {
    let scalars = text.unicodeScalars.map(\.value)
    // An empty text has the length 1 in NumPy, too.
    members.append(
      Member(
        name: name, type: "<U\(max(scalars.count, 1))", shape: [],
        elements: Self.bytes(scalars.isEmpty ? [0] : scalars)))
  }

  /// Texts, one after the other.
  mutating func add(_ name: String, _ texts: [String]) {
    let width = max(texts.map(\.unicodeScalars.count).max() ?? 0, 1)
    let scalars = texts.flatMap { text -> [UInt32] in
      let values = text.unicodeScalars.map(\.value)
      return values + Array(repeating: 0, count: width - values.count)
    }
    members.append(Member(name: name, type: "<U\(width)", shape: [texts.count], elements: Self.bytes(scalars)))
  }

  /// Rows of numbers.
  mutating func append(_ name: String, _ values: [Float], rowShape: [Int]) {
    _ = append(name, "<f4", rowShape, values.map(\.bitPattern))
  }

  /// Numbers, one per example.
  mutating func append(_ name: String, _ values: [Double]) { _ = append(name, "<f8", [], values.map(\.bitPattern)) }
  /// Numbers, one per example.
  mutating func append(_ name: String, _ values: [Int]) { _ = append(name, "<i8", [], values.map(Int64.init)) }

  /// Numbers, one per example.
  ///
  /// - Returns: Whether they are the first ones of this name.
  @discardableResult
  mutating func append(_ name: String, _ values: [UInt8]) -> Bool { append(name, "|u1", [], values) }

  private mutating func append<Value: FixedWidthInteger>(
    _ name: String, _ type: String, _ rowShape: [Int], _ values: [Value]
  ) -> Bool {
    let rows = values.count / max(rowShape.reduce(1, *), 1)
    guard let index = members.firstIndex(where: { $0.name == name }) else {
      members.append(Member(name: name, type: type, shape: [rows] + rowShape, elements: Self.bytes(values)))
      growing.insert(name)
      return true
    }
    members[index].shape[0] += rows
    members[index].elements += Self.bytes(values)
    return false
  }

  private static func bytes<Value: FixedWidthInteger>(_ values: [Value]) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(values.count * MemoryLayout<Value>.size)
    for value in values { withUnsafeBytes(of: value.littleEndian) { bytes += $0 } }
    return bytes
  }

  /// What comes before the elements.
  private static func header(of member: Member) -> [UInt8] {
    let extents = member.shape.map { "\($0)," }.joined(separator: " ")
    let header = "{'descr': '\(member.type)', 'fortran_order': False, 'shape': (\(extents)), }"
    // The elements begin at a multiple of 64 bytes.
    let padding = 63 - (NumPyArray.signature.count + 4 + header.utf8.count) % 64
    let length = header.utf8.count + padding + 1
    let start = NumPyArray.signature + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8 & 0xFF)]
    return start + Array(header.utf8) + Array(repeating: UInt8(ascii: " "), count: padding) + [UInt8(ascii: "\n")]
  }

  /// Writes the archive; a file that is replaced stays as it is until the new one is complete.
  func write(to path: String) throws(ExchangeError) {
    var writer = ZipWriter()
    for member in members {
      try writer.append(member.name + ".npy", Self.header(of: member) + member.elements, path: path)
    }
    try PlainFile.replace(path, with: writer.finished())
  }
}

extension Provenance {
  /// Writes the record and the file's format, as texts.
  func write(_ format: FileFormat, to archive: inout NumPyArchive) throws {
    archive.add(FileFormat.mark, format.rawValue)
    archive.add("advlab_version", String(FileFormat.version))
    archive.add("command", try commandText())
    archive.add("seed", String(seed))
    if let version { archive.add("program_version", version) }
    archive.add("model_sha256", modelSHA256 ?? "")
    archive.add("data_sha256", dataSHA256 ?? "")
  }
}
