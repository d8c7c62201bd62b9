import CTurboJPEG

/// JPEG, by libjpeg-turbo with the accurate integer transform and smooth upsampling of colors: the bytes are those of
/// Pillow. An orientation that a camera noted is not applied, as it is by neither torchvision nor Keras.
enum JPEGDecoder {
  static func header(of bytes: [UInt8]) throws(ImageDamage) -> ImageFile.Header {
    try withDecoder { (decoder) throws(ImageDamage) in
      var (width, height, subsampling, colors): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
      let status = bytes.withUnsafeBufferPointer {
        tjDecompressHeader3(decoder, $0.baseAddress, UInt($0.count), &width, &height, &subsampling, &colors)
      }
      guard status == 0 else { throw damage(decoder) }
      // Tables without an image are a JPEG, too: so is a file that ends before its image begins.
      guard width > 0, height > 0 else { throw ImageDamage(found: "one without an image") }
      let channels: Int
      switch TJCS(UInt32(bitPattern: colors)) {
      case TJCS_GRAY: channels = 1
      case TJCS_RGB, TJCS_YCbCr: channels = 3
      default: throw ImageDamage(found: "one with the four inks of printing (CMYK); convert it to RGB")
      }
      return ImageFile.Header(
        width: Int(width), height: Int(height), channels: channels, hasAlpha: false, bitDepth: 8)
    }
  }

  static func samples(of bytes: [UInt8], _ header: ImageFile.Header) throws(ImageDamage) -> [UInt8] {
    let format = header.channels == 3 ? TJPF_RGB : TJPF_GRAY
    // A warning of the library means that pixels are made up: the first is an error. Thousands of scans take hours.
    let flags = Int32(TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS)
    var samples = [UInt8](repeating: 0, count: header.byteCount ?? 0)
    try withDecoder { (decoder) throws(ImageDamage) in
      let status = samples.withUnsafeMutableBufferPointer { samples in
        bytes.withUnsafeBufferPointer {
          tjDecompress2(
            decoder, $0.baseAddress, UInt($0.count), samples.baseAddress, Int32(header.width), 0, Int32(header.height),
            Int32(format.rawValue), flags)
        }
      }
      guard status == 0 else { throw damage(decoder) }
    }
    return samples
  }

  private static func withDecoder<Result>(
    _ body: (tjhandle) throws(ImageDamage) -> Result
  ) throws(ImageDamage) -> Result {
    guard let decoder = tjInitDecompress() else { throw damage(nil) }
    defer { tjDestroy(decoder) }
    return try body(decoder)
  }

  private static func damage(_ decoder: tjhandle?) -> ImageDamage {
    let message = tjGetErrorStr2(decoder).map { String(cString: $0) } ?? "no reason given"
    return ImageDamage(found: "a damaged one (libjpeg-turbo: \(message))")
  }
}
