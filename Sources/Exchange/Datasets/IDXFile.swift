import Networks

/// A file in the IDX format of MNIST: a magic number, the extents, and bytes.
///
/// LeCun, Cortes and Burges, *The MNIST database of handwritten digits*: two zero bytes, the type of the elements, the
/// number of dimensions, each extent as a big-endian 32-bit number, then the elements.
struct IDXFile {
  /// The extents, outermost first.
  let shape: Shape
  /// The elements in row-major order.
  let bytes: [UInt8]

  private static let byteType: UInt8 = 0x08
  private static let typeNames: [UInt8: String] = [
    0x08: "uint8", 0x09: "int8", 0x0B: "int16", 0x0C: "int32", 0x0D: "float32", 0x0E: "float64",
  ]
  /// The most bytes a file may declare.
  private static let mostBytes = 4 << 30

  /// Reads a file of unsigned bytes of a known rank, compressed or not, to its very end.
  init(_ path: String, rank: Int) throws(ExchangeError) {
    var stream = try ByteStream(path)
    shape = try Self.header(&stream, rank: rank)
    let headerBytes = 4 + 4 * rank
    guard let declared = shape.checkedCount, declared <= Self.mostBytes else {
      throw ExchangeError(file: path, expected: "at most \(Self.mostBytes) elements", found: "the shape \(shape)")
    }
    let room = max(stream.capacity - headerBytes, 0)
    guard declared <= room else { throw Self.truncated(path, shape, "at most \(room)") }
    bytes = try stream.read(atMost: declared)
    guard bytes.count == declared else { throw Self.truncated(path, shape, "\(bytes.count)") }
    guard try stream.isExhausted() else {
      throw ExchangeError(
        file: path, expected: "the end of the file after \(headerBytes + declared) bytes", found: "more bytes")
    }
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
