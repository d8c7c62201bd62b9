/// A NumPy archive being put together: what `numpy.savez` writes.
struct NumPyArchive {
  private var members: [(name: String, bytes: [UInt8])] = []

  /// Whether the name of a file asks for one.
  static func isMeant(by path: String) -> Bool { path.lowercased().hasSuffix(".npz") }

  /// Numbers in row-major order.
  mutating func add(_ name: String, _ values: [Float], shape: [Int]) {
    add(name, "<f4", shape, values.map(\.bitPattern))
  }

  /// Numbers, one per example.
  mutating func add(_ name: String, _ values: [Double]) { add(name, "<f8", [values.count], values.map(\.bitPattern)) }
  /// Numbers, one per example.
  mutating func add(_ name: String, _ values: [Int]) { add(name, "<i8", [values.count], values.map(Int64.init)) }
  /// Numbers, one per example.
  mutating func add(_ name: String, _ values: [UInt8]) { add(name, "|u1", [values.count], values) }

  /// A text.
  mutating func add(_ name: String, _ text: String) {
    let scalars = text.unicodeScalars.map(\.value)
    // An empty text has the length 1 in NumPy, too.
    add(name, "<U\(max(scalars.count, 1))", [], scalars.isEmpty ? [0] : scalars)
  }

  /// Texts, one after the other.
  mutating func add(_ name: String, _ texts: [String]) {
    let width = max(texts.map(\.unicodeScalars.count).max() ?? 0, 1)
    let scalars = texts.flatMap { text -> [UInt32] in
      let values = text.unicodeScalars.map(\.value)
      return values + Array(repeating: 0, count: width - values.count)
    }
    add(name, "<U\(width)", [texts.count], scalars)
  }

  private mutating func add<Value: FixedWidthInteger>(_ name: String, _ type: String, _ shape: [Int], _ values: [Value])
  {
    let extents = shape.map { "\($0)," }.joined(separator: " ")
    let header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(extents)), }"
    // The elements begin at a multiple of 64 bytes.
    let padding = 63 - (NumPyArray.signature.count + 4 + header.utf8.count) % 64
    let length = header.utf8.count + padding + 1
    var bytes = NumPyArray.signature + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8 & 0xFF)]
    bytes += Array(header.utf8) + Array(repeating: UInt8(ascii: " "), count: padding) + [UInt8(ascii: "\n")]
    bytes.reserveCapacity(bytes.count + values.count * MemoryLayout<Value>.size)
    for value in values { withUnsafeBytes(of: value.littleEndian) { bytes += $0 } }
    members.append((name, bytes))
  }

  /// Writes the archive; a file that is replaced stays as it is until the new one is complete.
  func write(to path: String) throws(ExchangeError) {
    var writer = ZipWriter()
    for member in members { try writer.append(member.name + ".npy", member.bytes, path: path) }
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
