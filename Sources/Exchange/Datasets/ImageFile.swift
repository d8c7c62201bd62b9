/// An image of one file: PNG or JPEG by its first bytes, whatever its name.
struct ImageFile {
  /// What the header says.
  struct Header: Hashable {
    let width: Int
    let height: Int
    /// 1 or 3: without alpha, and after a palette.
    let channels: Int
    /// Whether there is an alpha channel, or a transparent color, that is left out.
    let hasAlpha: Bool
    /// 8 or 16.
    let bitDepth: Int

    /// The bytes of all samples; nil where the number is not representable.
    var byteCount: Int? {
      let (area, overflow) = width.multipliedReportingOverflow(by: height)
      let (bytes, tooMany) = area.multipliedReportingOverflow(by: channels * bitDepth / 8)
      return overflow || tooMany ? nil : bytes
    }
  }

  /// What the extension of a name says.
  enum NameKind {
    /// No image.
    case none
    /// An image of a kind that is read.
    case readable
    /// An image of a kind that is not read, but by torchvision or Keras.
    case other
  }

  let header: Header
  /// The samples, row by row, channels last; of 16 bits, the higher byte first.
  let samples: [UInt8]

  /// Enough for most headers; where it is not, all of the file is read.
  private static let headerBytes = 1 << 14
  private static let mostBytes = 1 << 28
  /// 64 million: 4,700 pixels a side in three colors.
  private static let mostSampleBytes = 1 << 26
  /// Deflate compresses by a factor of at most 1032, and pixels may have one bit. JPEG comes nowhere near it.
  private static let mostPixelsInByte = 8 * 1032

  /// What the name of a file says about it.
  static func kind(ofName name: String) -> NameKind {
    guard let dot = name.lastIndex(of: ".") else { return .none }
    switch name[name.index(after: dot)...].lowercased() {
    case "png", "jpg", "jpeg": return .readable
    case "bmp", "gif", "pgm", "ppm", "tif", "tiff", "webp": return .other
    default: return .none
    }
  }

  /// Reads all of a file.
  ///
  /// - Throws: `ExchangeError` where it is damaged, or too large.
  init(_ path: String) throws(ExchangeError) {
    let bytes = try InputFile(path).read(atMost: Self.mostBytes)
    let format = try Self.format(bytes, path)
    header = try Self.header(bytes, format, fileSize: bytes.count, path)
    do {
      samples = try format.samples(of: bytes, header)
    } catch {
      throw Self.failure(error, format, path)
    }
  }

  /// Reads the header alone.
  ///
  /// - Throws: `ExchangeError` where it is damaged, or the image too large.
  static func header(_ path: String) throws(ExchangeError) -> Header {
    let file = try InputFile(path)
    guard file.size <= mostBytes else {
      throw ExchangeError(file: path, expected: "an image of at most \(mostBytes) bytes", found: "\(file.size)")
    }
    let start = try file.read(atMost: headerBytes, from: 0)
    let format = try format(start, path)
    if start.count < file.size, let header = try? header(start, format, fileSize: file.size, path) { return header }
    return try header(try file.read(atMost: mostBytes, from: 0), format, fileSize: file.size, path)
  }

  private static func format(_ start: [UInt8], _ path: String) throws(ExchangeError) -> ImageFormat {
    guard let format = ImageFormat.allCases.first(where: { start.starts(with: $0.signature) }) else {
      throw ExchangeError(
        file: path, expected: "a PNG or JPEG image",
        found: ForeignFile.recognized(at: path)?.name ?? (start.isEmpty ? "an empty file" : "something else"))
    }
    return format
  }

  private static func header(
    _ bytes: [UInt8], _ format: ImageFormat, fileSize: Int, _ path: String
  ) throws(ExchangeError) -> Header {
    let header: Header
    do {
      header = try format.header(of: bytes)
    } catch {
      throw failure(error, format, path)
    }
    guard let count = header.byteCount, count <= mostSampleBytes,
      header.width * header.height <= fileSize * mostPixelsInByte
    else {
      throw ExchangeError(
        file: path, expected: "an image of at most \(mostSampleBytes) bytes, which \(fileSize) bytes can hold",
        found: "\(header.width)×\(header.height) pixels")
    }
    return header
  }

  private static func failure(_ damage: ImageDamage, _ format: ImageFormat, _ path: String) -> ExchangeError {
    ExchangeError(file: path, expected: "a whole \(format.name) image", found: damage.found)
  }
}
