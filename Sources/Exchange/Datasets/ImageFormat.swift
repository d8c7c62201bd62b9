/// A kind of image files, read from memory.
enum ImageFormat: CaseIterable {
  case png
  case jpeg

  var name: String {
    switch self {
    case .png: "PNG"
    case .jpeg: "JPEG"
    }
  }

  /// The first bytes of every file.
  var signature: [UInt8] {
    switch self {
    case .png: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    case .jpeg: [0xFF, 0xD8, 0xFF]
    }
  }

  /// What the header says; of a file, the beginning is enough.
  func header(of bytes: [UInt8]) throws(ImageDamage) -> ImageFile.Header {
    switch self {
    case .png: try PNGDecoder.header(of: bytes)
    case .jpeg: try JPEGDecoder.header(of: bytes)
    }
  }

  /// All samples, as `ImageFile` holds them.
  func samples(of bytes: [UInt8], _ header: ImageFile.Header) throws(ImageDamage) -> [UInt8] {
    switch self {
    case .png: try PNGDecoder.samples(of: bytes, header)
    case .jpeg: try JPEGDecoder.samples(of: bytes, header)
    }
  }
}

/// What is wrong with an image.
struct ImageDamage: Error {
  let found: String
}
