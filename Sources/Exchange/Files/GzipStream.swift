import CZlib

/// The bytes of a gzip file as they unfold, no more than asked for.
struct GzipStream: ~Copyable {
  private let file: InputFile
  private let stream: UnsafeMutablePointer<z_stream>
  private var input: [UInt8] = []
  private var inputPosition = 0
  private var isAtEnd = false

  private static let blockBytes = 1 << 18

  init(_ file: consuming InputFile) throws(ExchangeError) {
    // The library keeps a pointer to the structure, so it needs a place of its own.
    let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    stream.initialize(to: z_stream())
    let status = czlib_inflate_gzip_init(stream)
    guard status == Z_OK else {
      stream.deallocate()
      throw ExchangeError(kind: .missing, file: file.path, message: "zlib cannot start (status \(status))")
    }
    self.stream = stream
    self.file = file
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// The next unfolded bytes: exactly `count`, or fewer at the end of the data, whose checksum holds then.
  mutating func read(atMost count: Int) throws(ExchangeError) -> [UInt8] {
    var result: [UInt8] = []
    // In parts: the memory taken follows what the file really holds, not what its header claims.
    while result.count < count {
      let part = try unfold(atMost: min(count - result.count, Self.blockBytes))
      if part.isEmpty { break }
      result += part
    }
    return result
  }

  /// Whether the compressed data has ended and the file with it; looks one byte ahead.
  mutating func isExhausted() throws(ExchangeError) -> Bool {
    guard try unfold(atMost: 1).isEmpty else { return false }
    return try inputPosition == input.count && file.read(atMost: 1).isEmpty
  }

  private mutating func unfold(atMost count: Int) throws(ExchangeError) -> [UInt8] {
    var output: [UInt8] = []
    while output.isEmpty, !isAtEnd {
      if inputPosition == input.count {
        input = try file.read(atMost: Self.blockBytes)
        inputPosition = 0
        guard !input.isEmpty else {
          throw ExchangeError(file: file.path, expected: "gzip data up to its checksum", found: "the end of the file")
        }
      }
      output = try inflateOnce(atMost: count)
    }
    return output
  }

  private mutating func inflateOnce(atMost count: Int) throws(ExchangeError) -> [UInt8] {
    var status = Z_OK
    let (stream, position) = (stream, inputPosition)
    let output = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      input.withUnsafeMutableBufferPointer { bytes in
        stream.pointee.next_in = bytes.baseAddress.map { $0 + position }
        stream.pointee.avail_in = UInt32(bytes.count - position)
        stream.pointee.next_out = buffer.baseAddress
        stream.pointee.avail_out = UInt32(count)
        status = inflate(stream, Z_NO_FLUSH)
        initialized = count - Int(stream.pointee.avail_out)
      }
    }
    inputPosition = input.count - Int(stream.pointee.avail_in)
    isAtEnd = status == Z_STREAM_END
    guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
      let reason = stream.pointee.msg.map { String(cString: $0) } ?? "status \(status)"
      throw ExchangeError(file: file.path, expected: "gzip data", found: "damaged data (\(reason))")
    }
    return output
  }
}
