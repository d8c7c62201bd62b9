import CZlib

/// A zip archive in memory or in a file, of which no more is read than asked for. Nothing is extracted to the disk;
/// still, an archive with names that lead out of its directory, or with entries that differ from what its directory
/// says, is refused.
package struct ZipArchive {
  /// Where the bytes are.
  private enum Source {
    case memory([UInt8])
    case file(InputFile)
  }

  private struct Entry {
    let method: UInt16
    let checksum: UInt32
    let storedSize: Int
    let size: Int
    let offset: Int
  }

  static let signature: [UInt8] = [0x50, 0x4B, 3, 4]
  static let directorySignature: [UInt8] = [0x50, 0x4B, 1, 2]
  static let endSignature: [UInt8] = [0x50, 0x4B, 5, 6]
  private static let endSize = 22
  /// The most bytes of the comment that may follow the directory.
  private static let commentBytes = 65535
  /// Deflate compresses by a factor below this.
  private static let largestRatio = 1032

  private let source: Source
  private let size: Int
  private let path: String
  private var entries: [String: Entry] = [:]

  /// Reads the directory of an archive in memory.
  package init(_ bytes: [UInt8], path: String) throws(ExchangeError) {
    (source, size, self.path) = (.memory(bytes), bytes.count, path)
    try readDirectory()
  }

  /// Reads the directory of an archive in a file of at most `limit` bytes.
  package init(file path: String, limit: Int) throws(ExchangeError) {
    let file = try InputFile(path)
    guard file.size <= limit else {
      throw ExchangeError(file: path, expected: "at most \(limit) bytes", found: "\(file.size)")
    }
    (source, size, self.path) = (.file(file), file.size, path)
    try readDirectory()
  }

  private mutating func readDirectory() throws(ExchangeError) {
    let tailStart = max(0, size - Self.endSize - Self.commentBytes)
    let tail = try bytes(tailStart..<size)
    guard let end = Self.endOfDirectory(tail) else { throw failure("the end of a zip archive", "none: cut short?") }
    let count = Int(Self.integer(tail, end + 10, 2))
    let length = Int(Self.integer(tail, end + 12, 4))
    let offset = Int(Self.integer(tail, end + 16, 4))
    guard Self.integer(tail, end + 4, 2) == 0, Self.integer(tail, end + 8, 2) == Self.integer(tail, end + 10, 2) else {
      throw failure("an archive in one part", "one in several")
    }
    guard offset != 0xFFFF_FFFF, offset + length <= tailStart + end else {
      throw failure("a directory of at most \(tailStart + end) bytes", "one of \(length) bytes at \(offset)")
    }
    let directory = try bytes(offset..<offset + length)
    var position = 0
    for _ in 0..<count { try readDirectoryEntry(directory, &position, directoryOffset: offset) }
  }

  /// Bytes of the archive; the range lies within it.
  private func bytes(_ range: Range<Int>) throws(ExchangeError) -> [UInt8] {
    switch source {
    case .memory(let bytes): return Array(bytes[range])
    case .file(let file):
      let bytes = try file.read(atMost: range.count, from: range.lowerBound)
      guard bytes.count == range.count else { throw failure("\(range.count) bytes", "the end of the file") }
      return bytes
    }
  }

  /// The names of the entries.
  package var names: [String] { entries.keys.sorted() }

  /// The content of an entry, checked; nil where there is none of the name.
  package func content(of name: String, limit: Int) throws(ExchangeError) -> [UInt8]? {
    guard let entry = entries[name] else { return nil }
    guard entry.size <= limit else {
      throw failure("\(name) of at most \(limit) bytes", "one of \(entry.size)")
    }
    guard entry.size <= entry.storedSize * Self.largestRatio + 64 else {
      throw failure("a size of \(name) that \(entry.storedSize) bytes can hold", "\(entry.size)")
    }
    let start = try contentOffset(of: name, entry)
    // One byte more than stated, so that a longer stream is detected.
    let (content, isWhole) = try decompressed(
      bytes(start..<start + entry.storedSize), entry, room: entry.size + 1, name)
    guard isWhole else { throw failure("deflated data of \(entry.size) bytes in \(name)", "other data") }
    guard content.count == entry.size, checksum(content) == entry.checksum else {
      throw failure("\(name) with its size and checksum", "damaged content")
    }
    return content
  }

  /// The first bytes of an entry, at most `count`; the rest is not checked.
  func beginning(of name: String, atMost count: Int) throws(ExchangeError) -> [UInt8]? {
    guard let entry = entries[name] else { return nil }
    let start = try contentOffset(of: name, entry)
    // Incompressible data grow by a few bytes in every 16 KiB.
    let stored = try bytes(start..<start + min(entry.storedSize, 2 * count + 64))
    return try decompressed(stored, entry, room: min(count, entry.size), name).content
  }

  private func decompressed(
    _ stored: [UInt8], _ entry: Entry, room: Int, _ name: String
  ) throws(ExchangeError) -> (content: [UInt8], isWhole: Bool) {
    switch entry.method {
    case 0: return stored.count <= room ? (stored, true) : (Array(stored.prefix(room)), false)
    case 8: return try inflated(stored, room: room, name)
    default: throw failure("\(name) stored or deflated", "compression method \(entry.method)")
    }
  }

  /// The offset of the end record of the directory within the last bytes of the archive.
  private static func endOfDirectory(_ bytes: [UInt8]) -> Int? {
    guard bytes.count >= endSize else { return nil }
    for position in (0...bytes.count - endSize).reversed()
    where bytes[position] == endSignature[0] && Array(bytes[position..<position + 4]) == endSignature {
      return position
    }
    return nil
  }

  private mutating func readDirectoryEntry(
    _ bytes: [UInt8], _ position: inout Int, directoryOffset: Int
  ) throws(ExchangeError) {
    let start = position
    guard start + 46 <= bytes.count, Array(bytes[start..<start + 4]) == Self.directorySignature else {
      throw failure("an entry of the archive's directory", "something else at byte \(directoryOffset + start)")
    }
    let integer = { (offset: Int, count: Int) in Self.integer(bytes, start + offset, count) }
    let lengths = [28, 30, 32].map { Int(integer($0, 2)) }
    let next = start + 46 + lengths.reduce(0, +)
    guard next <= bytes.count else { throw failure("an entry of the archive's directory", "one that is cut short") }
    let name = String(decoding: bytes[start + 46..<start + 46 + lengths[0]], as: UTF8.self)
    try check(name: name)
    guard integer(8, 2) & 1 == 0 else { throw failure("\(name) unencrypted", "an encrypted entry") }
    let entry = Entry(
      method: UInt16(integer(10, 2)), checksum: integer(16, 4), storedSize: Int(integer(20, 4)),
      size: Int(integer(24, 4)), offset: Int(integer(42, 4)))
    guard entry.storedSize != 0xFFFF_FFFF, entry.size != 0xFFFF_FFFF, entry.offset != 0xFFFF_FFFF else {
      throw failure("\(name) of less than 4 GiB", "a zip64 entry")
    }
    guard entries.updateValue(entry, forKey: name) == nil else {
      throw failure("one entry \(name)", "two of the name")
    }
    position = next
  }

  private func check(name: String) throws(ExchangeError) {
    let components = name.split(separator: "/", omittingEmptySubsequences: false)
    guard !name.isEmpty, !name.hasPrefix("/"), !components.contains(".."), !name.contains("\\"), !name.contains(":"),
      !name.utf8.contains(0)
    else { throw failure("names of files below the archive's directory", "'\(name)'") }
  }

  /// The offset of an entry's content: after its local header, which must name the same entry.
  private func contentOffset(of name: String, _ entry: Entry) throws(ExchangeError) -> Int {
    let offset = entry.offset
    let headerSize = 30
    guard offset + headerSize <= size else { throw failure("\(name) at byte \(offset)", "something else") }
    let header = try bytes(offset..<offset + headerSize)
    guard header.starts(with: Self.signature) else { throw failure("\(name) at byte \(offset)", "something else") }
    let nameStart = offset + headerSize
    let nameLength = Int(Self.integer(header, 26, 2))
    let start = nameStart + nameLength + Int(Self.integer(header, 28, 2))
    guard start + entry.storedSize <= size else {
      throw failure("\(entry.storedSize) bytes of \(name)", "the end of the file")
    }
    guard try bytes(nameStart..<nameStart + nameLength) == Array(name.utf8) else {
      throw failure("\(name) at byte \(offset)", "another entry")
    }
    return start
  }

  /// As much of the deflated data as there is room for, and whether that is all of it.
  private func inflated(
    _ stored: [UInt8], room: Int, _ name: String
  ) throws(ExchangeError) -> (content: [UInt8], isWhole: Bool) {
    var stream = z_stream()
    // A negative window means a bare deflate stream, as zip archives hold.
    guard inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw failure("\(name) decompressed", "no memory for it")
    }
    defer { inflateEnd(&stream) }
    var status = Z_OK
    let content = [UInt8](unsafeUninitializedCapacity: room) { output, initialized in
      stored.withUnsafeBufferPointer { input in
        stream.next_in = input.baseAddress.map { UnsafeMutablePointer(mutating: $0) }
        stream.avail_in = UInt32(input.count)
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(clamping: room)
        status = inflate(&stream, Z_FINISH)
        initialized = Int(stream.total_out)
      }
    }
    return (content, status == Z_STREAM_END)
  }

  /// An integer of a few bytes, least significant first.
  private static func integer(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> UInt32 {
    (0..<count).reduce(0) { $0 | UInt32(bytes[offset + $1]) << (8 * UInt32($1)) }
  }

  private func failure(_ expected: String, _ found: String) -> ExchangeError {
    ExchangeError(file: path, expected: expected, found: found)
  }
}

/// The CRC-32 of bytes, as zip archives and gzip data hold it.
func checksum(_ bytes: [UInt8]) -> UInt32 {
  var value = crc32(0, nil, 0)
  // The library counts in 32 bits.
  let block = 1 << 30
  bytes.withUnsafeBufferPointer { buffer in
    for start in stride(from: 0, to: buffer.count, by: block) {
      value = crc32(value, buffer.baseAddress.map { $0 + start }, UInt32(min(block, buffer.count - start)))
    }
  }
  return UInt32(truncatingIfNeeded: value)
}
