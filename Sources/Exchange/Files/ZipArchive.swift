import CZlib

/// A zip archive in memory or in a file, of which no more is read than asked for. Nothing is extracted to the disk;
/// still, an archive with names that lead out of its directory, or with entries that differ from what its directory
/// says, is refused.
package struct ZipArchive: Sendable {
  static let signature: [UInt8] = [0x50, 0x4B, 3, 4]
  /// Deflate compresses by a factor below this.
  private static let largestRatio = 1032

  private let source: ZipSource
  private let path: String
  private let entries: [String: ZipDirectory.Entry]

  /// Reads the directory of an archive in memory.
  package init(_ bytes: [UInt8], path: String) throws(ExchangeError) {
    try self.init(.memory(bytes), path)
  }

  /// Reads the directory of an archive in a file of at most `limit` bytes.
  package init(file path: String, limit: Int) throws(ExchangeError) {
    let file = try InputFile(path)
    guard file.size <= limit else {
      throw ExchangeError(file: path, expected: "at most \(limit) bytes", found: "\(file.size)")
    }
    try self.init(.file(file), path)
  }

  private init(_ source: ZipSource, _ path: String) throws(ExchangeError) {
    (self.source, self.path) = (source, path)
    entries = try ZipDirectory(of: source, path: path).entries
  }

  /// The names of the entries.
  package var names: [String] { entries.keys.sorted() }

  /// The size that the directory states for an entry; nil where there is none of the name.
  package func size(of name: String) -> Int? { entries[name]?.size }

  /// The content of an entry, checked; nil where there is none of the name.
  package func content(of name: String, limit: Int) throws(ExchangeError) -> [UInt8]? {
    guard let entry = entries[name] else { return nil }
    try check(name, entry, limit: limit)
    let start = try contentOffset(of: name, entry)
    // One byte more than stated, so that a longer stream is detected.
    let (content, isWhole) = try decompressed(
      source.bytes(start..<start + entry.storedSize), entry, room: entry.size + 1, name)
    guard isWhole else { throw failure("deflated data of \(entry.size) bytes in \(name)", "other data") }
    guard content.count == entry.size, checksum(content) == entry.checksum else { throw damaged(name) }
    return content
  }

  /// Some bytes of an entry; nil where there is none of the name. All of the entry is read and checked, but of one that
  /// is not compressed no more is kept in memory. The range lies within its size.
  package func content(of name: String, _ range: Range<Int>, limit: Int) throws(ExchangeError) -> [UInt8]? {
    guard let entry = entries[name] else { return nil }
    guard entry.method == 0, range != 0..<entry.size else {
      return try content(of: name, limit: limit).map { Array($0[range]) }
    }
    try check(name, entry, limit: limit)
    guard entry.size == entry.storedSize else { throw damaged(name) }
    let start = try contentOffset(of: name, entry)
    var kept: [UInt8] = []
    kept.reserveCapacity(range.count)
    var sum = checksum([])
    for first in stride(from: 0, to: entry.size, by: Self.blockBytes) {
      let block = first..<min(first + Self.blockBytes, entry.size)
      let bytes = try source.bytes(start + block.lowerBound..<start + block.upperBound)
      sum = checksum(bytes, after: sum)
      let overlap = range.clamped(to: block)
      kept += bytes[overlap.lowerBound - first..<overlap.upperBound - first]
    }
    guard sum == entry.checksum else { throw damaged(name) }
    return kept
  }

  private static let blockBytes = 1 << 20

  private func check(_ name: String, _ entry: ZipDirectory.Entry, limit: Int) throws(ExchangeError) {
    guard entry.size <= limit else {
      throw failure("\(name) of at most \(limit) bytes", "one of \(entry.size)")
    }
    guard entry.size <= entry.storedSize * Self.largestRatio + 64 else {
      throw failure("a size of \(name) that \(entry.storedSize) bytes can hold", "\(entry.size)")
    }
  }

  /// The first bytes of an entry, at most `count`; the rest is not checked.
  func beginning(of name: String, atMost count: Int) throws(ExchangeError) -> [UInt8]? {
    guard let entry = entries[name] else { return nil }
    let start = try contentOffset(of: name, entry)
    // Incompressible data grow by a few bytes in every 16 KiB.
    let stored = try source.bytes(start..<start + min(entry.storedSize, 2 * count + 64))
    return try decompressed(stored, entry, room: min(count, entry.size), name).content
  }

  private func decompressed(
    _ stored: [UInt8], _ entry: ZipDirectory.Entry, room: Int, _ name: String
  ) throws(ExchangeError) -> (content: [UInt8], isWhole: Bool) {
    switch entry.method {
    case 0: return stored.count <= room ? (stored, true) : (Array(stored.prefix(room)), false)
    case 8: return try inflated(stored, room: room, name)
    default: throw failure("\(name) stored or deflated", "compression method \(entry.method)")
    }
  }

  /// The offset of an entry's content: after its local header, which must name the same entry.
  private func contentOffset(of name: String, _ entry: ZipDirectory.Entry) throws(ExchangeError) -> Int {
    let offset = entry.offset
    let headerSize = 30
    guard offset + headerSize <= source.size else { throw failure("\(name) at byte \(offset)", "something else") }
    let header = try source.bytes(offset..<offset + headerSize)
    guard header.starts(with: Self.signature) else { throw failure("\(name) at byte \(offset)", "something else") }
    let nameStart = offset + headerSize
    let nameLength = littleEndianInteger(header, at: 26, count: 2)
    let start = nameStart + nameLength + littleEndianInteger(header, at: 28, count: 2)
    guard start + entry.storedSize <= source.size else {
      throw failure("\(entry.storedSize) bytes of \(name)", "the end of the file")
    }
    guard try source.bytes(nameStart..<nameStart + nameLength) == Array(name.utf8) else {
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
        stream.avail_in = UInt32(clamping: input.count)
        stream.next_out = output.baseAddress
        stream.avail_out = UInt32(clamping: room)
        status = inflate(&stream, Z_FINISH)
        initialized = Int(stream.total_out)
      }
    }
    return (content, status == Z_STREAM_END)
  }

  private func damaged(_ name: String) -> ExchangeError {
    failure("\(name) with its size and checksum", "damaged content")
  }

  private func failure(_ expected: String, _ found: String) -> ExchangeError {
    ExchangeError(file: path, expected: expected, found: found)
  }
}

/// The CRC-32 of bytes, as zip archives and gzip data hold it; `sum` is that of the bytes before them.
func checksum(_ bytes: [UInt8], after sum: UInt32 = 0) -> UInt32 {
  var value = UInt(sum)
  // The library counts in 32 bits.
  let block = 1 << 30
  bytes.withUnsafeBufferPointer { buffer in
    for start in stride(from: 0, to: buffer.count, by: block) {
      value = crc32(value, buffer.baseAddress.map { $0 + start }, UInt32(min(block, buffer.count - start)))
    }
  }
  return UInt32(truncatingIfNeeded: value)
}
