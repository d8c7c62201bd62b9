import Networks

/// A file in the IDX format of MNIST: a magic number, the extents, and bytes.
///
/// LeCun, Cortes and Burges, *The MNIST database of handwritten digits*: two zero bytes, the type of the elements, the
/// number of dimensions, each extent as a big-endian 32-bit number, then the elements.
struct IDXFile: ~Copyable {
  /// The extents, outermost first.
  let shape: Shape

  private var stream: ByteStream
  /// The number of elements that were read.
  private var position = 0

  private static let byteType: UInt8 = 0x08
  private static let typeNames: [UInt8: String] = [
    0x08: "uint8", 0x09: "int8", 0x0B: "int16", 0x0C: "int32", 0x0D: "float32", 0x0E: "float64",
  ]
  /// The most bytes a file may declare.
  private static let mostBytes = 4 << 30
  /// The number of bytes that are read at once.
  private static let blockBytes = 1 << 20
  /// The usual ratio of decompressed to compressed bytes; that of MNIST is five.
  private static let usualExpansion = 8

  /// Opens a file of unsigned bytes of a known rank, compressed or not.
  init(_ path: String, rank: Int) throws(ExchangeError) {
    var stream = try ByteStream(path)
    let shape = try Self.header(&stream, rank: rank)
    guard let declared = shape.checkedCount, declared <= Self.mostBytes else {
      throw ExchangeError(file: path, expected: "at most \(Self.mostBytes) elements", found: "the shape \(shape)")
    }
    let room = max(stream.capacity - Self.headerBytes(rank), 0)
    guard declared <= room else { throw Self.truncated(path, shape, "at most \(room)") }
    self.shape = shape
    self.stream = stream
  }

  private static func headerBytes(_ rank: Int) -> Int { 4 + 4 * rank }

  /// The row that is read next.
  var row: Int { position / max(shape.example.count, 1) }

  /// The elements of some rows, converted, in row-major order.
  ///
  /// - Parameters:
  ///   - rows: Some of `row..<shape[0]`.
  ///   - toEnd: Whether the file is read on to its end, and checked.
  ///   - convert: Makes an element of a byte.
  /// - Returns: The elements.
  /// - Throws: `ExchangeError` where there are fewer or, at the end, more bytes than the file says.
  mutating func elements<Element>(
    of rows: Range<Int>, toEnd: Bool, _ convert: (UInt8) -> Element
  ) throws(ExchangeError) -> [Element] {
    let size = shape.example.count
    let wanted = rows.lowerBound * size..<rows.upperBound * size
    let end = toEnd ? shape.count : wanted.upperBound
    var result: [Element] = []
    // No memory for a size that a small file only claims.
    result.reserveCapacity(min(wanted.count, Self.usualExpansion * min(wanted.count, stream.fileSize)))
    while position < end {
      let block = try stream.read(atMost: min(Self.blockBytes, end - position))
      guard !block.isEmpty else { throw Self.truncated(stream.path, shape, "\(position)") }
      let here = wanted.clamped(to: position..<position + block.count)
      for index in here { result.append(convert(block[index - position])) }
      position += block.count
    }
    guard toEnd else { return result }
    guard try stream.isExhausted() else {
      throw ExchangeError(
        file: stream.path, expected: "the end of the file after \(Self.headerBytes(shape.rank) + shape.count) bytes",
        found: "more bytes")
    }
    return result
  }

  private static func header(_ stream: inout ByteStream, rank: Int) throws(ExchangeError) -> Shape {
    let path = stream.path
    let magic = try stream.read(atMost: 4)
    guard magic.count == 4, magic[0] == 0, magic[1] == 0, let type = typeNames[magic[2]] else {
      throw ExchangeError(
        file: path, expected: "the magic number of an IDX file, 00 00 08 0\(rank)", found: hexadecimal(magic))
    }
    guard magic[2] == byteType else { throw ExchangeError(file: path, expected: "elements uint8", found: type) }
    guard magic[3] == rank else {
      throw ExchangeError(file: path, expected: "\(rank) dimensions", found: "\(magic[3])")
    }
    let extents = try stream.read(atMost: 4 * rank)
    guard extents.count == 4 * rank else {
      throw ExchangeError(file: path, expected: "\(rank) extents", found: "the end of the file")
    }
    return Shape(
      (0..<rank).map { axis in extents[4 * axis..<4 * axis + 4].reduce(0) { $0 << 8 | Int($1) } })
  }

  private static func truncated(_ path: String, _ shape: Shape, _ found: String) -> ExchangeError {
    ExchangeError(file: path, expected: "\(shape.count) bytes of data for the shape \(shape)", found: found)
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.isEmpty ? "an empty file" : bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
  }
}
