/// Where the bytes of a zip archive are.
enum ZipSource: Sendable {
  case memory([UInt8])
  case file(InputFile)

  var size: Int {
    switch self {
    case .memory(let bytes): bytes.count
    case .file(let file): file.size
    }
  }

  /// Bytes of the archive; the range lies within it.
  func bytes(_ range: Range<Int>) throws(ExchangeError) -> [UInt8] {
    switch self {
    case .memory(let bytes): return Array(bytes[range])
    case .file(let file):
      let bytes = try file.read(atMost: range.count, from: range.lowerBound)
      guard bytes.count == range.count else {
        throw ExchangeError(file: file.path, expected: "\(range.count) bytes", found: "the end of the file")
      }
      return bytes
    }
  }
}

/// The directory at the end of a zip archive: the entries and where they are. Numbers of more than 32 bits are in the
/// records of zip64.
struct ZipDirectory: Sendable {
  struct Entry: Sendable {
    let method: Int
    let checksum: UInt32
    /// At most the size of the archive.
    let storedSize: Int
    let size: Int
    let offset: Int
  }

  /// The end record, which says where the directory is.
  private struct End {
    var count: Int
    var length: Int
    var offset: Int
    /// Where the record itself begins: the directory lies before it.
    var position: Int
  }

  static let signature: [UInt8] = [0x50, 0x4B, 1, 2]
  static let endSignature: [UInt8] = [0x50, 0x4B, 5, 6]
  private static let endSize = 22
  /// The most bytes of the comment that may follow the directory.
  private static let commentBytes = 65535
  private static let zip64EndSignature: [UInt8] = [0x50, 0x4B, 6, 6]
  private static let zip64EndSize = 56
  private static let zip64LocatorSignature: [UInt8] = [0x50, 0x4B, 6, 7]
  private static let zip64LocatorSize = 20
  /// The kind of an extra field with the sizes and the offset of an entry in 64 bits.
  private static let zip64FieldKind = 1

  private(set) var entries: [String: Entry] = [:]
  private let source: ZipSource
  private let path: String

  init(of source: ZipSource, path: String) throws(ExchangeError) {
    (self.source, self.path) = (source, path)
    let end = try end()
    guard end.offset <= end.position, end.length <= end.position - end.offset else {
      throw failure("a directory of at most \(end.position) bytes", "one of \(end.length) bytes at \(end.offset)")
    }
    let bytes = try source.bytes(end.offset..<end.offset + end.length)
    var position = 0
    for _ in 0..<end.count { try readEntry(bytes, &position, directoryOffset: end.offset) }
  }

  private func end() throws(ExchangeError) -> End {
    let tailStart = max(0, source.size - Self.endSize - Self.commentBytes)
    let tail = try source.bytes(tailStart..<source.size)
    guard let start = Self.endRecord(tail) else { throw failure("the end of a zip archive", "none: cut short?") }
    let integer = { (offset: Int, count: Int) in littleEndianInteger(tail, at: start + offset, count: count) }
    let end = End(count: integer(10, 2), length: integer(12, 4), offset: integer(16, 4), position: tailStart + start)
    if end.count == 0xFFFF || end.length == 0xFFFF_FFFF || end.offset == 0xFFFF_FFFF {
      return try zip64End(before: end.position)
    }
    guard integer(4, 2) == 0, integer(8, 2) == end.count else { throw failure("an archive in one part", "several") }
    return end
  }

  /// The offset of the end record within the last bytes of the archive.
  private static func endRecord(_ bytes: [UInt8]) -> Int? {
    guard bytes.count >= endSize else { return nil }
    for position in (0...bytes.count - endSize).reversed()
    where bytes[position] == endSignature[0] && Array(bytes[position..<position + 4]) == endSignature {
      return position
    }
    return nil
  }

  /// The end record of zip64, which a locator before the other end record leads to.
  private func zip64End(before end: Int) throws(ExchangeError) -> End {
    let start = end - Self.zip64LocatorSize
    guard start >= 0 else { throw failure("the records of zip64", "none") }
    let locator = try source.bytes(start..<end)
    let position = littleEndianInteger(locator, at: 8, count: 8)
    guard locator.starts(with: Self.zip64LocatorSignature), position <= start - Self.zip64EndSize
    else {
      throw failure("the records of zip64", "none")
    }
    let record = try source.bytes(position..<position + Self.zip64EndSize)
    guard record.starts(with: Self.zip64EndSignature) else { throw failure("the end record of zip64", "none") }
    let integer = { (offset: Int, count: Int) in littleEndianInteger(record, at: offset, count: count) }
    guard integer(16, 4) == 0, integer(24, 8) == integer(32, 8) else {
      throw failure("an archive in one part", "several")
    }
    return End(count: integer(32, 8), length: integer(40, 8), offset: integer(48, 8), position: position)
  }

  private mutating func readEntry(
    _ bytes: [UInt8], _ position: inout Int, directoryOffset: Int
  ) throws(ExchangeError) {
    let start = position
    let headerSize = 46
    guard start + headerSize <= bytes.count, Array(bytes[start..<start + 4]) == Self.signature else {
      throw failure("an entry of the archive's directory", "something else at byte \(directoryOffset + start)")
    }
    let integer = { (offset: Int, count: Int) in littleEndianInteger(bytes, at: start + offset, count: count) }
    let nameEnd = start + headerSize + integer(28, 2)
    let extraEnd = nameEnd + integer(30, 2)
    position = extraEnd + integer(32, 2)
    guard position <= bytes.count else { throw failure("an entry of the archive's directory", "one that is cut short") }
    let name = String(decoding: bytes[start + headerSize..<nameEnd], as: UTF8.self)
    try check(name: name)
    guard integer(8, 2) & 1 == 0 else { throw failure("\(name) unencrypted", "an encrypted entry") }
    let (size, storedSize, offset) = try sizes(
      [integer(24, 4), integer(20, 4), integer(42, 4)], Array(bytes[nameEnd..<extraEnd]), of: name)
    guard storedSize <= source.size, offset <= source.size else {
      throw failure("\(name) within \(source.size) bytes", "\(storedSize) bytes at \(offset)")
    }
    let entry = Entry(
      method: integer(10, 2), checksum: UInt32(integer(16, 4)), storedSize: storedSize, size: size, offset: offset)
    guard entries.updateValue(entry, forKey: name) == nil else { throw failure("one entry \(name)", "two of the name") }
  }

  /// Size, stored size and offset: those that do not fit 32 bits are in an extra field, in this order.
  private func sizes(
    _ short: [Int], _ extra: [UInt8], of name: String
  ) throws(ExchangeError) -> (size: Int, storedSize: Int, offset: Int) {
    var field = Self.zip64Field(in: extra)
    var sizes = short
    for index in sizes.indices where sizes[index] == 0xFFFF_FFFF {
      guard field.count >= 8 else { throw failure("the sizes of \(name) in an extra field of zip64", "none") }
      sizes[index] = littleEndianInteger(field, at: 0, count: 8)
      field.removeFirst(8)
    }
    return (sizes[0], sizes[1], sizes[2])
  }

  /// The content of the extra field of zip64; empty where there is none.
  private static func zip64Field(in extra: [UInt8]) -> [UInt8] {
    var position = 0
    while position + 4 <= extra.count {
      let end = position + 4 + littleEndianInteger(extra, at: position + 2, count: 2)
      guard end <= extra.count else { return [] }
      let kind = littleEndianInteger(extra, at: position, count: 2)
      if kind == zip64FieldKind { return Array(extra[position + 4..<end]) }
      position = end
    }
    return []
  }

  private func check(name: String) throws(ExchangeError) {
    let components = name.split(separator: "/", omittingEmptySubsequences: false)
    guard !name.isEmpty, !name.hasPrefix("/"), !components.contains(".."), !name.contains("\\"), !name.contains(":"),
      !name.utf8.contains(0)
    else { throw failure("names of files below the archive's directory", "'\(name)'") }
  }

  private func failure(_ expected: String, _ found: String) -> ExchangeError {
    ExchangeError(file: path, expected: expected, found: found)
  }
}
