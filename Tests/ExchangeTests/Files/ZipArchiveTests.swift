import CZlib
import Exchange
import Testing

struct ZipArchiveTests {
  private static let limit = 1 << 20

  /// An archive of one entry, put together by hand so that every field can lie.
  private struct Entry {
    var name = "a.txt"
    var innerName: String?
    var stored: [UInt8] = Array("hello".utf8)
    var method: UInt16 = 0
    var checksum: UInt32?
    var size: Int?
    var offset = 0
    var flags: UInt16 = 0

    var bytes: [UInt8] {
      let sum = checksum ?? UInt32(truncatingIfNeeded: crc32(0, stored, UInt32(stored.count)))
      let size = size ?? stored.count
      func header(_ name: String) -> [UInt8] {
        little(20, 2) + little(Int(flags), 2) + little(Int(method), 2) + little(0, 4) + little(Int(sum), 4)
          + little(stored.count, 4) + little(size, 4) + little(name.utf8.count, 2) + little(0, 2)
      }
      let inner = innerName ?? name
      let local = [0x50, 0x4B, 3, 4] + header(inner) + Array(inner.utf8) + stored
      let directory =
        [0x50, 0x4B, 1, 2] + little(20, 2) + header(name) + little(0, 10) + little(offset, 4) + Array(name.utf8)
      let end =
        [0x50, 0x4B, 5, 6] + little(0, 4) + little(1, 2) + little(1, 2) + little(directory.count, 4)
        + little(local.count, 4) + little(0, 2)
      return local + directory + end
    }

    private func little(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { $0 < 8 ? UInt8(truncatingIfNeeded: value >> (8 * $0)) : 0 }
    }

    /// In memory and in a file, which must give the same content or the same message.
    func content() throws -> [UInt8]? {
      let directory = try TemporaryDirectory()
      let path = try directory.write("x.zip", bytes)
      let inMemory = Result {
        try ZipArchive(bytes, path: path).content(of: name, limit: ZipArchiveTests.limit)
      }
      let inFile = Result {
        try ZipArchive(file: path, limit: .max).content(of: name, limit: ZipArchiveTests.limit)
      }
      #expect("\(inMemory)" == "\(inFile)")
      return try inFile.get()
    }
  }

  /// A bare deflate stream: that of zlib without its frame.
  private static func deflated(_ bytes: [UInt8]) -> [UInt8] {
    var size = compressBound(UInt(bytes.count))
    var zlib = [UInt8](repeating: 0, count: Int(size))
    compress2(&zlib, &size, bytes, UInt(bytes.count), 9)
    return Array(zlib[2..<Int(size) - 4])
  }

  private static func entry(deflating bytes: [UInt8]) -> Entry {
    Entry(
      stored: deflated(bytes), method: 8,
      checksum: UInt32(truncatingIfNeeded: crc32(0, bytes, UInt32(bytes.count))), size: bytes.count)
  }

  @Test func aFileBeyondTheLimitIsRefused() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("x.zip", Entry().bytes)
    let error = #expect(throws: ExchangeError.self) { try ZipArchive(file: path, limit: 10) }
    #expect(error?.message == "expected at most 10 bytes, found \(Entry().bytes.count)")
  }

  @Test func storedAndDeflatedEntries() throws {
    #expect(try Entry().content() == Array("hello".utf8))
    let bytes = (0..<10_000).map { UInt8($0 % 7) }
    #expect(try Self.entry(deflating: bytes).content() == bytes)
    #expect(try ZipArchive(Entry().bytes, path: "").content(of: "b.txt", limit: 10) == nil)
  }

  @Test func writtenArchivesAreRead() throws {
    var writer = ZipWriter()
    try writer.append("a", [1, 2, 3], path: "")
    try writer.append("b/c", [], path: "")
    let archive = try ZipArchive(writer.finished(), path: "")
    #expect(archive.names == ["a", "b/c"])
    #expect(try archive.content(of: "a", limit: 3) == [1, 2, 3])
    #expect(try archive.content(of: "b/c", limit: 3) == [])
  }

  /// Entries that begin where they can be mapped into memory, whatever their names.
  @Test func alignedEntries() throws {
    var writer = ZipWriter()
    for length in 1...70 {
      try writer.append(String(repeating: "n", count: length), [1, 2, 0xAB, UInt8(length)], alignment: 64, path: "")
    }
    let bytes = writer.finished()
    let archive = try ZipArchive(bytes, path: "")
    for length in 1...70 {
      let content: [UInt8] = [1, 2, 0xAB, UInt8(length)]
      #expect(try archive.content(of: String(repeating: "n", count: length), limit: 4) == content)
      #expect(try #require(bytes.indices.first { bytes[$0...].starts(with: content) }) % 64 == 0)
    }
  }

  /// Some bytes of an entry, of which all the rest is checked, too.
  @Test func rangesOfEntries() throws {
    let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 3) }
    var writer = ZipWriter()
    try writer.append("a", [9], path: "")
    try writer.append("b", bytes, path: "")
    let directory = try TemporaryDirectory()
    let archive = try ZipArchive(file: directory.write("x.zip", writer.finished()), limit: .max)
    #expect(archive.size(of: "b") == bytes.count)
    #expect(archive.size(of: "c") == nil)
    let ends = [0, 1, 1 << 20, 1 << 20 + 1, 2 << 20, bytes.count - 1, bytes.count]
    for start in ends {
      for end in ends where end >= start {
        #expect(try archive.content(of: "b", start..<end, limit: .max) == Array(bytes[start..<end]))
      }
    }
    #expect(try archive.content(of: "c", 0..<1, limit: .max) == nil)
    let deflated = try ZipArchive(Self.entry(deflating: Array(bytes[..<1000])).bytes, path: "")
    #expect(try deflated.content(of: "a.txt", 10..<20, limit: 1000) == Array(bytes[10..<20]))
    var damaged = writer.finished()
    damaged[2_500_000] ^= 1
    let other = try ZipArchive(damaged, path: "")
    #expect(throws: ExchangeError.self) { try other.content(of: "b", 0..<1, limit: .max) }
  }

  /// An archive whose numbers are in the records of zip64, as those of more than 4 GiB: each of these may lie.
  private static func zip64(
    size: Int = 5, storedSize: Int = 5, offset: Int = 0, extraKind: Int = 1, count: Int = 1, locator: Int? = nil,
    directoryOffset: Int? = nil
  ) -> [UInt8] {
    func little(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    let all = -1
    let hello = Array("hello".utf8)
    let sum = Int(crc32(0, hello, 5))
    let local = [0x50, 0x4B, 3, 4] + little(45, 2) + little(0, 8) + little(sum, 4) + little(all, 8) + little(1, 2)
    let entry = local + little(0, 2) + [UInt8(ascii: "a")] + hello
    let extra = little(extraKind, 2) + little(24, 2) + little(size, 8) + little(storedSize, 8) + little(offset, 8)
    let record =
      [0x50, 0x4B, 1, 2] + little(45, 4) + little(0, 8) + little(sum, 4) + little(all, 8) + little(1, 2)
      + little(extra.count, 2) + little(0, 10) + little(all, 4) + [UInt8(ascii: "a")] + extra
    let end = entry.count + record.count
    let zip64 =
      [0x50, 0x4B, 6, 6] + little(44, 8) + little(45, 4) + little(0, 8) + little(count, 8) + little(count, 8)
      + little(record.count, 8) + little(directoryOffset ?? entry.count, 8)
    return entry + record + zip64 + [0x50, 0x4B, 6, 7] + little(0, 4) + little(locator ?? end, 8) + little(1, 4)
      + [0x50, 0x4B, 5, 6] + little(0, 4) + little(all, 12) + little(0, 2)
  }

  @Test func zip64Records() throws {
    #expect(try ZipArchive(Self.zip64(), path: "").content(of: "a", limit: 10) == Array("hello".utf8))
    let lies: [(String, [UInt8])] = [
      ("size", Self.zip64(size: 6)), ("vast size", Self.zip64(size: -1)), ("stored size", Self.zip64(storedSize: 1000)),
      ("vast stored size", Self.zip64(storedSize: -1)), ("offset", Self.zip64(offset: 3)),
      ("vast offset", Self.zip64(offset: -1)), ("no extra field", Self.zip64(extraKind: 2)),
      ("count", Self.zip64(count: 2)), ("vast count", Self.zip64(count: -1)), ("locator", Self.zip64(locator: 3)),
      ("vast locator", Self.zip64(locator: -1)), ("directory", Self.zip64(directoryOffset: 3)),
      ("vast directory", Self.zip64(directoryOffset: -1)),
    ]
    for (what, bytes) in lies {
      #expect(throws: ExchangeError.self, "\(what)") { try ZipArchive(bytes, path: "").content(of: "a", limit: 10) }
    }
    let bytes = Self.zip64()
    for count in bytes.indices {
      #expect(throws: ExchangeError.self, "\(count) bytes") { try ZipArchive(Array(bytes.prefix(count)), path: "") }
    }
  }

  @Test(arguments: ["../a", "/etc/passwd", "a/../../b", "a\\b", "C:a", "", "a\0b"])
  func namesThatLeadOutOfTheDirectory(_ name: String) {
    #expect(throws: ExchangeError.self) { try ZipArchive(Entry(name: name).bytes, path: "x.zip") }
  }

  @Test func lies() {
    let bytes = [UInt8](repeating: 1, count: 5000)
    var longer = Self.entry(deflating: bytes)
    longer.size = 4999
    var shorter = Self.entry(deflating: bytes)
    shorter.size = 5001
    var bomb = Self.entry(deflating: bytes)
    bomb.size = 900_000
    let lies: [(String, Entry)] = [
      ("checksum", Entry(checksum: 1)), ("size", Entry(size: 4)), ("longer than said", longer),
      ("shorter than said", shorter), ("more than deflate can shrink", bomb), ("other name", Entry(innerName: "b.txt")),
      ("offset", Entry(offset: 3)), ("far offset", Entry(offset: 1 << 30)), ("encrypted", Entry(flags: 1)),
      ("method", Entry(method: 12)), ("beyond the limit", Entry(stored: [UInt8](repeating: 0, count: 2 << 20))),
    ]
    for (what, entry) in lies {
      #expect(throws: ExchangeError.self, "\(what)") { try entry.content() }
    }
  }

  @Test func everyTruncationIsDetected() {
    let bytes = Entry().bytes
    for count in bytes.indices {
      #expect(throws: ExchangeError.self, "\(count) bytes") {
        try ZipArchive(Array(bytes.prefix(count)), path: "").content(of: "a.txt", limit: 100)
      }
    }
  }
}
