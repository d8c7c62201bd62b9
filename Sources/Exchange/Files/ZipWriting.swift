/// A zip archive being put together: entries stored as they are, as Keras stores them.
package struct ZipWriter {
  /// Starts an empty archive.
  package init() {}

  private var bytes: [UInt8] = []
  private var directory: [UInt8] = []
  private var count: UInt16 = 0

  /// 1 January 1980, the first day the format knows: the same content gives the same bytes.
  private static let date: UInt16 = 0x21

  /// Adds an entry.
  package mutating func append(_ name: String, _ content: [UInt8], path: String) throws(ExchangeError) {
    let sum = checksum(content)
    let offset = bytes.count
    guard content.count + bytes.count < 0xFFFF_0000 else {
      throw ExchangeError(
        kind: .cannotWrite, file: path, message: "a zip archive holds less than 4 GiB; choose another format")
    }
    let common =
      littleEndian(UInt16(20)) + littleEndian(UInt16(0)) + littleEndian(UInt16(0)) + littleEndian(UInt16(0))
      + littleEndian(Self.date) + littleEndian(sum) + littleEndian(UInt32(content.count))
      + littleEndian(UInt32(content.count)) + littleEndian(UInt16(name.utf8.count)) + littleEndian(UInt16(0))
    bytes += ZipArchive.signature + common + name.utf8
    bytes += content
    directory += ZipArchive.directorySignature + littleEndian(UInt16(20)) + common
    directory += littleEndian(UInt16(0)) + littleEndian(UInt16(0)) + littleEndian(UInt16(0)) + littleEndian(UInt32(0))
    directory += littleEndian(UInt32(offset)) + name.utf8
    count += 1
  }

  /// The archive.
  package func finished() -> [UInt8] {
    bytes + directory + ZipArchive.endSignature + littleEndian(UInt32(0)) + littleEndian(count) + littleEndian(count)
      + littleEndian(UInt32(directory.count)) + littleEndian(UInt32(bytes.count)) + littleEndian(UInt16(0))
  }

  private func littleEndian<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}
