import CPNG

/// Portable Network Graphics, by libpng. Samples are those that are stored, whatever the file says about gamma and color
/// profile, as Pillow takes them: grey of fewer than 8 bits over the whole range, colors in place of palette indices,
/// and no alpha.
package enum PNGDecoder {
  private static let longestSide: UInt32 = 1 << 20

  /// The share of the samples in which two pictures differ by more than so many of 256 levels, however they are compressed;
  /// nil where their sizes do, or where one cannot be read.
  package static func difference(_ one: [UInt8], _ other: [UInt8], beyond levels: Int) -> Double? {
    guard let first = try? header(of: one), let second = try? header(of: other),
      (first.width, first.height, first.channels) == (second.width, second.height, second.channels),
      let samples = try? samples(of: one, first), let others = try? self.samples(of: other, second), !samples.isEmpty
    else { return nil }
    return Double(zip(samples, others).count { abs(Int($0) - Int($1)) > levels }) / Double(samples.count)
  }

  static func header(of bytes: [UInt8]) throws(ImageDamage) -> ImageFile.Header {
    let header = try read(bytes, nil)
    return ImageFile.Header(
      width: Int(header.width), height: Int(header.height), channels: header.has_color != 0 ? 3 : 1,
      hasAlpha: header.has_alpha != 0, bitDepth: max(Int(header.bit_depth), 8))
  }

  static func samples(of bytes: [UInt8], _ header: ImageFile.Header) throws(ImageDamage) -> [UInt8] {
    var samples = [UInt8](repeating: 0, count: header.byteCount ?? 0)
    _ = try samples.withUnsafeMutableBufferPointer { (samples) throws(ImageDamage) in try read(bytes, samples) }
    return samples
  }

  private static func read(
    _ bytes: [UInt8], _ samples: UnsafeMutableBufferPointer<UInt8>?
  ) throws(ImageDamage) -> cpng_header {
    var header = cpng_header()
    var source = cpng_source()
    let status = bytes.withUnsafeBufferPointer { bytes in
      (source.bytes, source.count) = (bytes.baseAddress, bytes.count)
      return cpng_read(&source, longestSide, &header, samples?.baseAddress, samples?.count ?? 0)
    }
    guard status == 0 else {
      let message = withUnsafeBytes(of: source.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      throw ImageDamage(found: "a damaged one (libpng: \(message))")
    }
    return header
  }
}
