import CZlib

/// A zip archive held in memory. Nothing is ever written to a disk; still, an archive with names that try to lead out of
/// a directory, or with entries that are not what the directory says, is refused.
package struct ZipArchive {
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
  /// Deflate shrinks by less than this.
  private static let largestRatio = 1032

  private let bytes: [UInt8]
  private let path: String
  private var entries: [String: Entry] = [:]

  /// Reads the archive's directory.
  package init(_ bytes: [UInt8], path: String) throws(ExchangeError) {
    self.bytes = bytes
    self.path = path
    guard let end = Self.endOfDirectory(bytes) else { throw failure("the end of a zip archive", "none: cut short?") }
    let count = Int(integer(end + 10, 2))
    let size = Int(integer(end + 12, 4))
    let offset = Int(integer(end + 16, 4))
    guard integer(end + 4, 2) == 0, integer(end + 8, 2) == integer(end + 10, 2) else {
      throw failure("an archive in one part", "one in several")
    }
    guard offset != 0xFFFF_FFFF, offset + size <= end else {
      throw failure("a directory of at most \(end) bytes", "one of \(size) bytes at \(offset)")
    }
    var position = offset
    for _ in 0..<count { try readDirectoryEntry(&position, end: offset + size) }
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
    // One byte more than promised, so that a longer stream is found out.
    let (content, isWhole) = try unfolded(bytes[start..<start + entry.storedSize], entry, room: entry.size + 1, name)
    guard isWhole else { throw failure("deflated data of \(entry.size) bytes in \(name)", "other data") }
    guard content.count == entry.size, checksum(content) == entry.checksum else {
      throw failure("\(name) with its size and checksum", "damaged content")
    }
    return content
  }

  /// What an entry begins with, at most `count` bytes of it; whether the rest is sound is not looked at.
  func beginning(of name: String, atMost count: Int) throws(ExchangeError) -> [UInt8]? {
    guard let entry = entries[name] else { return nil }
    let start = try contentOffset(of: name, entry)
    // What does not shrink grows by a few bytes in every 16 KiB.
    let stored = bytes[start..<start + min(entry.storedSize, 2 * count + 64)]
    return try unfolded(stored, entry, room: min(count, entry.size), name).content
  }

  private func unfolded(
    _ stored: ArraySlice<UInt8>, _ entry: Entry, room: Int, _ name: String
  ) throws(ExchangeError) -> (content: [UInt8], isWhole: Bool) {
    switch entry.method {
    case 0: return (Array(stored.prefix(room)), stored.count <= room)
    case 8: return try inflated(Array(stored), room: room, name)
    default: throw failure("\(name) stored or deflated", "compression method \(entry.method)")
    }
  }

  private static func endOfDirectory(_ bytes: [UInt8]) -> Int? {
    guard bytes.count >= endSize else { return nil }
    // A comment of at most 65535 bytes may follow.
    for position in (max(0, bytes.count - endSize - 65535)...bytes.count - endSize).reversed()
    where bytes[position] == endSignature[0] && Array(bytes[position..<position + 4]) == endSignature {
      return position
    }
    return nil
  }

  private mutating func readDirectoryEntry(_ position: inout Int, end: Int) throws(ExchangeError) {
    guard position + 46 <= end, Array(bytes[position..<position + 4]) == Self.directorySignature else {
      throw failure("an entry of the archive's directory", "something else at byte \(position)")
    }
    let lengths = [28, 30, 32].map { Int(integer(position + $0, 2)) }
    let next = position + 46 + lengths.reduce(0, +)
    guard next <= end else { throw failure("an entry of the archive's directory", "one that is cut short") }
    let name = String(decoding: bytes[position + 46..<position + 46 + lengths[0]], as: UTF8.self)
    try check(name: name)
    guard integer(position + 8, 2) & 1 == 0 else { throw failure("\(name) unencrypted", "an encrypted entry") }
    let entry = Entry(
      method: UInt16(integer(position + 10, 2)), checksum: integer(position + 16, 4),
      storedSize: Int(integer(position + 20, 4)), size: Int(integer(position + 24, 4)),
      offset: Int(integer(position + 42, 4)))
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

  /// Where an entry's content begins: after the header in front of it, which must be of the same entry.
  private func contentOffset(of name: String, _ entry: Entry) throws(ExchangeError) -> Int {
    let offset = entry.offset
    guard offset + 30 <= bytes.count, Array(bytes[offset..<offset + 4]) == Self.signature else {
      throw failure("\(name) at byte \(offset)", "something else")
    }
    let nameLength = Int(integer(offset + 26, 2))
    let start = offset + 30 + nameLength + Int(integer(offset + 28, 2))
    guard start + entry.storedSize <= bytes.count else {
      throw failure("\(entry.storedSize) bytes of \(name)", "the end of the file")
    }
    guard Array(bytes[offset + 30..<offset + 30 + nameLength]) == Array(name.utf8) else {
      throw failure("\(name) at byte \(offset)", "another entry")
    }
    return start
  }

  /// As much of deflated data as there is room for, and whether that is all.
  private func inflated(
    _ stored: [UInt8], room: Int, _ name: String
  ) throws(ExchangeError) -> (content: [UInt8], isWhole: Bool) {
    var stream = z_stream()
    // A negative window means a bare deflate stream, as zip archives hold.
    guard inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw failure("\(name) unfolded", "no memory for it")
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
  private func integer(_ offset: Int, _ count: Int) -> UInt32 {
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
