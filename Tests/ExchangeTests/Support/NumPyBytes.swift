import CZlib

/// The bytes of an array in NumPy's format 1.
func npy(_ description: String, _ shape: String, _ elements: [UInt8], isFortran: Bool = false) -> [UInt8] {
  var header = "{'descr': '\(description)', 'fortran_order': \(isFortran ? "True" : "False"), 'shape': \(shape), }"
  while (header.utf8.count + 11) % 64 != 0 { header += " " }
  header += "\n"
  let count = header.utf8.count
  return [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(count & 255), UInt8(count >> 8)] + Array(header.utf8) + elements
}

/// Whole numbers as they lie in memory.
func bytes<Value: FixedWidthInteger>(_ values: [Value]) -> [UInt8] {
  values.flatMap { value in withUnsafeBytes(of: value) { Array($0) } }
}

/// A zip archive of stored entries.
func zipped(_ entries: [(name: String, content: [UInt8])]) -> [UInt8] {
  func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
  var archive: [UInt8] = []
  var directory: [UInt8] = []
  for (name, content) in entries {
    let checksum = Int(crc32(0, content, UInt32(content.count)))
    let common =
      little(0, 2) + little(0, 2) + little(0, 4) + little(checksum, 4) + little(content.count, 4)
      + little(content.count, 4) + little(name.utf8.count, 2) + little(0, 2)
    directory +=
      [0x50, 0x4B, 1, 2] + little(20, 2) + little(20, 2) + common + little(0, 2 + 2 + 2 + 4) + little(archive.count, 4)
      + Array(name.utf8)
    archive += [0x50, 0x4B, 3, 4] + little(20, 2) + common + Array(name.utf8) + content
  }
  let end =
    [0x50, 0x4B, 5, 6] + little(0, 4) + little(entries.count, 2) + little(entries.count, 2) + little(directory.count, 4)
    + little(archive.count, 4) + little(0, 2)
  return archive + directory + end
}

/// A text as an array of no axes.
func npy(text: String) -> [UInt8] {
  npy("<U\(max(text.unicodeScalars.count, 1))", "()", bytes(text.isEmpty ? [0] : text.unicodeScalars.map(\.value)))
}
