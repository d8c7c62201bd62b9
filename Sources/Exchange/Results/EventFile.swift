import Glibc
import Wording

/// A file of events as TensorBoard reads it while it grows: records of TFRecord, each a message `Event` of TensorFlow.
///
/// A record is the length, its checksum, the bytes, and their checksum; a checksum is CRC-32C, rotated and shifted
/// (tensorflow.org/tutorials/load_data/tfrecord).
package final class EventFile {
  /// A value of a step.
  package enum Value {
    /// A number; one that is not finite is shown as such.
    case scalar(Double)
    /// A picture in PNG.
    case image(png: [UInt8], width: Int, height: Int)
  }

  private let descriptor: Int32
  private let path: String

  /// Begins a file in a directory, which is made where there is none.
  ///
  /// - Parameters:
  ///   - directory: The directory.
  ///   - continues: Whether it may hold the events of an earlier part of the run.
  /// - Throws: `ExchangeError` where it cannot be written, or holds events that are none of this run.
  package init(in directory: String, continues: Bool) throws(ExchangeError) {
    guard mkdir(directory, 0o777) == 0 || errno == EEXIST else { throw Self.failure(directory, systemMessage(errno)) }
    guard continues || !Self.holdsEvents(directory) else {
      throw Self.failure(
        directory, "holds the events of another run, which TensorBoard would mix with these; name another")
    }
    // The time of the start is part of the name, so that later files of a run come later.
    path = "\(directory)/\(Self.prefix).\(time(nil)).\(getpid()).advlab"
    descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw Self.failure(path, systemMessage(errno)) }
    var event = Self.event()
    event.append(3, "brain.Event:2")
    try append(event)
  }

  deinit { close(descriptor) }

  private static let prefix = "events.out.tfevents"

  private static func holdsEvents(_ directory: String) -> Bool {
    guard let stream = opendir(directory) else { return false }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name.hasPrefix(prefix) { return true }
    }
    return false
  }

  private static func failure(_ path: String, _ message: String) -> ExchangeError {
    ExchangeError(kind: .cannotWrite, file: path, message: message)
  }

  /// Adds the values of a step.
  ///
  /// - Throws: `ExchangeError` where they cannot be written.
  package func append(step: Int, _ values: [(tag: String, value: Value)]) throws(ExchangeError) {
    var summary = ProtobufWriter()
    for (tag, value) in values { summary.append(1, Self.message(tag, value)) }
    var event = Self.event()
    event.append(2, step)
    event.append(5, summary)
    try append(event)
  }

  /// An event at this time.
  private static func event() -> ProtobufWriter {
    var now = timeval()
    gettimeofday(&now, nil)
    var event = ProtobufWriter()
    event.append(1, Double(now.tv_sec) + Double(now.tv_usec) / 1e6)
    return event
  }

  private static func message(_ tag: String, _ value: Value) -> ProtobufWriter {
    var message = ProtobufWriter()
    message.append(1, tag)
    switch value {
    case .scalar(let number): message.append(2, Float(number))
    case .image(let png, let width, let height):
      var image = ProtobufWriter()
      image.append(1, height)
      image.append(2, width)
      image.append(3, 3)
      image.append(4, littleEndian: png)
      message.append(4, image)
    }
    return message
  }

  private func append(_ event: ProtobufWriter) throws(ExchangeError) {
    let length = (0..<8).map { UInt8(truncatingIfNeeded: UInt64(event.bytes.count) >> (8 * UInt64($0))) }
    let record = length + Self.masked(length) + event.bytes + Self.masked(event.bytes)
    let code = PlainFile.write(record, to: descriptor)
    guard code == 0 else { throw Self.failure(path, systemMessage(code)) }
  }

  /// The checksum of a record's part, lowest byte first.
  private static func masked(_ bytes: [UInt8]) -> [UInt8] {
    let sum = checksum(bytes)
    let masked = (sum >> 15 | sum << 17) &+ 0xa282_ead8
    return (0..<4).map { UInt8(truncatingIfNeeded: masked >> (8 * UInt32($0))) }
  }

  /// CRC-32C (Castagnoli), of the reflected polynomial 0x82F63B78.
  package static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { sum, byte in table[Int((sum ^ UInt32(byte)) & 0xFF)] ^ sum >> 8 }
  }

  private static let table: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { sum, _ in sum & 1 == 1 ? 0x82F6_3B78 ^ sum >> 1 : sum >> 1 }
  }
}
