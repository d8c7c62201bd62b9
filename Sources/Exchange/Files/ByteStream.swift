import CZlib

/// The bytes of a file, decompressed where its first bytes say that it is gzip data; no more is read than asked for.
struct ByteStream: ~Copyable {
  /// The path of the file.
  var path: String { file.path }
  /// The bytes of the file as it is.
  var fileSize: Int { file.size }
  /// The most bytes that the file can hold once decompressed: deflate compresses by a factor below 1032.
  var capacity: Int { inflater == nil ? file.size : min(file.size, Int.max / 1032) * 1032 }

  private let file: InputFile
  private let inflater: Inflater?
  private var input: [UInt8]
  private var position = 0

  private static let blockBytes = 1 << 18

  init(_ path: String) throws(ExchangeError) {
    let file = try InputFile(path)
    let input = try file.read(atMost: Self.blockBytes)
    inflater = input.starts(with: [0x1F, 0x8B]) ? try Inflater(path: path) : nil
    self.file = file
    self.input = input
  }

  /// The next bytes: exactly `count`, or fewer at the end, where the checksum of compressed data was checked.
  mutating func read(atMost count: Int) throws(ExchangeError) -> [UInt8] {
    var result: [UInt8] = []
    // In parts: the memory depends on what the file really holds, not on what its header claims.
    while result.count < count {
      let part = try next(atMost: min(count - result.count, Self.blockBytes))
      if part.isEmpty { break }
      result += part
    }
    return result
  }

  /// Whether all bytes were read, and nothing follows compressed data.
  mutating func isExhausted() throws(ExchangeError) -> Bool {
    guard try next(atMost: 1).isEmpty else { return false }
    try refill()
    return position == input.count
  }

  private mutating func next(atMost count: Int) throws(ExchangeError) -> [UInt8] {
    guard let inflater else {
      try refill()
      let bytes = Array(input[position...].prefix(count))
      position += bytes.count
      return bytes
    }
    while !inflater.isAtEnd {
      try refill()
      guard position < input.count else {
        throw ExchangeError(file: path, expected: "gzip data up to its checksum", found: "the end of the file")
      }
      let bytes = try inflater.decompress(input, from: &position, atMost: count)
      if !bytes.isEmpty { return bytes }
    }
    return []
  }

  private mutating func refill() throws(ExchangeError) {
    guard position == input.count else { return }
    input = try file.read(atMost: Self.blockBytes)
    position = 0
  }
}

/// The owner of zlib's state.
private final class Inflater {
  private(set) var isAtEnd = false

  private let path: String
  /// The library keeps a pointer to the structure, so it needs a fixed address.
  private let stream: UnsafeMutablePointer<z_stream>

  init(path: String) throws(ExchangeError) {
    self.path = path
    stream = .allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let status = czlib_inflate_gzip_init(stream)
    guard status == Z_OK else {
      throw ExchangeError(kind: .missing, file: path, message: "zlib cannot start (status \(status))")
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// Decompresses bytes of `input` from `position`, which moves on; none where more input is needed.
  func decompress(_ input: [UInt8], from position: inout Int, atMost count: Int) throws(ExchangeError) -> [UInt8] {
    var status = Z_OK
    let output = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      input.withUnsafeBufferPointer { bytes in
        // zlib only reads its input, though its structure does not say so.
        stream.pointee.next_in = bytes.baseAddress.map { UnsafeMutablePointer(mutating: $0 + position) }
        stream.pointee.avail_in = UInt32(bytes.count - position)
        stream.pointee.next_out = buffer.baseAddress
        stream.pointee.avail_out = UInt32(count)
        status = inflate(stream, Z_NO_FLUSH)
        initialized = count - Int(stream.pointee.avail_out)
      }
    }
    position = input.count - Int(stream.pointee.avail_in)
    isAtEnd = status == Z_STREAM_END
    guard status == Z_OK || status == Z_STREAM_END else {
      let reason = stream.pointee.msg.map { String(cString: $0) } ?? "zlib status \(status)"
      throw ExchangeError(file: path, expected: "gzip data", found: "damaged data (\(reason))")
    }
    return output
  }
}
