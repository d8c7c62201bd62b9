import Exchange
import FoundationEssentials
import Testing

/// Events as TensorBoard reads them; its own reader is asked by `Tests/Interop/tensorboard_events.py`.
@Suite struct EventFileTests {
  /// The check value of CRC-32C, and two vectors of RFC 3720.
  @Test(
    arguments: [
      (Array("123456789".utf8), 0xE306_9283), ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
      ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43), ([], 0),
    ] as [([UInt8], UInt32)])
  func checksums(_ bytes: [UInt8], _ expected: UInt32) {
    #expect(EventFile.checksum(bytes) == expected)
  }

  /// Every record has its length, and both checksums fit.
  @Test func recordsAreWhole() throws {
    let directory = NSTemporary.path
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let file = try EventFile(in: directory, continues: false)
    try file.append(step: 7, [("loss", .scalar(0.5)), ("picture", .image(png: [1, 2, 3], width: 4, height: 5))])
    let name = try #require(try FileManager.default.contentsOfDirectory(atPath: directory).first)
    var rest = Array(try #require(FileManager.default.contents(atPath: "\(directory)/\(name)")))
    var records: [[UInt8]] = []
    func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) } }
    func masked(_ bytes: [UInt8]) -> UInt64 {
      let sum = EventFile.checksum(bytes)
      return UInt64((sum >> 15 | sum << 17) &+ 0xa282_ead8)
    }
    while !rest.isEmpty {
      let length = Int(number(rest[..<8]))
      try #require(rest.count >= 16 + length)
      let record = Array(rest[12..<12 + length])
      #expect(number(rest[8..<12]) == masked(Array(rest[..<8])))
      #expect(number(rest[(12 + length)..<(16 + length)]) == masked(record))
      records.append(record)
      rest.removeFirst(16 + length)
    }
    #expect(records.count == 2 && String(decoding: records[0], as: UTF8.self).hasSuffix("brain.Event:2"))
    // The step, then the summary: a tag with 0.5 in single precision.
    let value = [0x0A, 4] + Array("loss".utf8) + [0x15, 0, 0, 0, 0x3F]
    #expect(Array(records[1][9..<11]) == [0x10, 7] && records[1].ranges(of: value).count == 1)
  }

  /// The events of two runs would be one crooked line.
  @Test func anotherRunIsNotMixedIn() throws {
    let directory = NSTemporary.path
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let first = try EventFile(in: directory, continues: false)
    #expect(throws: ExchangeError.self) { try EventFile(in: directory, continues: false) }
    #expect(throws: ExchangeError.self) { try EventFile(in: "\(directory)/none/x", continues: false) }
    withExtendedLifetime(first) {}
  }

  private enum NSTemporary {
    static var path: String { FileManager.default.temporaryDirectory.path + "/advlab-events-\(UUID().uuidString)" }
  }
}
