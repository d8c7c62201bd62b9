internal import Reports

/// Pictures of one size in rows, with white between them.
struct TileSheet {
  /// Pixels of a row of a picture.
  let width: Int
  /// Rows of a picture.
  let height: Int
  /// 1 for grey, 3 for colours.
  let channels: Int
  /// The pictures of a row.
  var across = 8
  /// The side of the square that a pixel becomes.
  let scale: Int
  /// White pixels around every picture.
  var margin = 1

  /// - Parameters:
  ///   - title: What the sheet shows.
  ///   - tiles: The samples of each picture, row by row, those of a pixel side by side.
  /// - Returns: The sheet; nil where there is nothing on it.
  func picture(_ title: String, _ tiles: [[UInt8]]) -> Gallery.Picture? {
    guard !tiles.isEmpty else { return nil }
    let across = min(across, tiles.count)
    let cell = (height: height * scale + 2 * margin, width: width * scale + 2 * margin)
    let size = (height: (tiles.count + across - 1) / across * cell.height, width: across * cell.width)
    var samples = [UInt8](repeating: 255, count: size.height * size.width * channels)
    for (place, tile) in tiles.enumerated() {
      let (top, left) = (place / across * cell.height + margin, place % across * cell.width + margin)
      for y in 0..<height * scale {
        for x in 0..<width * scale {
          let (target, source) = ((top + y) * size.width + left + x, y / scale * width + x / scale)
          for channel in 0..<channels { samples[target * channels + channel] = tile[source * channels + channel] }
        }
      }
    }
    return .encoding(title, samples, width: size.width, height: size.height)
  }
}

extension Gallery.Picture {
  /// Grey pictures of any size below each other, with white between them; nil where there are none.
  static func stacking(_ title: String, _ pictures: [Gallery.Picture], gap: Int = 6) -> Gallery.Picture? {
    let width = pictures.map(\.width).max() ?? 0
    var samples: [UInt8] = []
    for picture in pictures where picture.channels == 1 {
      if !samples.isEmpty { samples += [UInt8](repeating: 255, count: gap * width) }
      for row in 0..<picture.height {
        samples += picture.samples[row * picture.width..<(row + 1) * picture.width]
        samples += [UInt8](repeating: 255, count: width - picture.width)
      }
    }
    return samples.isEmpty ? nil : .encoding(title, samples, width: width, height: samples.count / width)
  }
}
