/// A zip archive being put together: entries stored as they are, as Keras and PyTorch store them.
package struct ZipWriter {
  /// Starts an empty archive.
  package init() {}

  private var bytes: [UInt8] = []
  private var directory: [UInt8] = []
  private var count: UInt16 = 0

  /// 1 January 1980, the first day the format knows: the same content gives the same bytes.
  private static let date: UInt16 = 0x21

  /// Adds an entry, whose content begins at a multiple of `alignment` bytes.
  package mutating func append(
    _ name: String, _ content: [UInt8], alignment: Int = 1, path: String
  ) throws(ExchangeError) {
    let sum = checksum(content)
    let offset = bytes.count
    guard content.count + bytes.count < 0xFFFF_0000, count < .max - 1 else {
      throw ExchangeError(
        kind: .cannotWrite, file: path,
        message: "a zip archive holds less than 4 GiB in less than 65535 entries; choose another format")
    }
    let extra = padding(before: bytes.count + 30 + name.utf8.count, alignment)
    let size = littleEndianBytes(UInt32(content.count))
    let common =
      words(20, 0, 0, 0, Self.date) + littleEndianBytes(sum) + size + size + words(UInt16(name.utf8.count))
    bytes += ZipArchive.signature + common + words(UInt16(extra.count)) + name.utf8 + extra
    bytes += content
    directory += ZipDirectory.signature + words(20) + common + words(0, 0, 0, 0, 0, 0)
    directory += littleEndianBytes(UInt32(offset)) + name.utf8
    count += 1
  }

  /// The archive.
  package func finished() -> [UInt8] {
    bytes + directory + ZipDirectory.endSignature + words(0, 0, count, count)
      + littleEndianBytes(UInt32(directory.count)) + littleEndianBytes(UInt32(bytes.count)) + words(0)
  }

  /// An extra field after which an offset is a multiple of `alignment`; its kind is the one that PyTorch uses for that.
  private func padding(before offset: Int, _ alignment: Int) -> [UInt8] {
    guard alignment > 1 else { return [] }
    let used = (offset + 4) % alignment
    let padding = used == 0 ? 0 : alignment - used
    return Array("FB".utf8) + words(UInt16(padding)) + Array(repeating: UInt8(ascii: "Z"), count: padding)
  }

  private func words(_ values: UInt16...) -> [UInt8] { values.flatMap(littleEndianBytes) }
}
