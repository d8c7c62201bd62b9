import CPNG

/// Portable Network Graphics, by libpng.
package enum PNGEncoder {
  /// A file of 8-bit samples, row by row, those of a pixel side by side.
  ///
  /// - Parameters:
  ///   - samples: `height` × `width` × `channels` of them.
  ///   - width: Pixels of a row.
  ///   - height: Rows.
  ///   - channels: 1 for grey, 3 for colors.
  /// - Returns: The bytes of the file; nil where libpng takes no image of that size.
  package static func bytes(of samples: [UInt8], width: Int, height: Int, channels: Int) -> [UInt8]? {
    precondition(samples.count == width * height * channels && (channels == 1 || channels == 3), "another shape")
    guard let columns = UInt32(exactly: width), let rows = UInt32(exactly: height) else { return nil }
    let isColored: Int32 = channels == 3 ? 1 : 0
    var count = 0
    guard cpng_write(samples, columns, rows, isColored, nil, &count) != 0 else { return nil }
    var bytes = [UInt8](repeating: 0, count: count)
    guard cpng_write(samples, columns, rows, isColored, &bytes, &count) != 0 else { return nil }
    return Array(bytes.prefix(count))
  }
}
