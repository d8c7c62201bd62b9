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
  /// Grey pictures of any size side by side, as many in a row as fit, with white between them; nil where there are none.
  static func flowing(_ title: String, _ pictures: [Self], width: Int = 640, gap: Int = 6) -> Self? {
    var places: [(left: Int, top: Int)] = []
    var (left, top, height) = (0, 0, 0)
    for picture in pictures {
      if left > 0, left + picture.width > width { (left, top, height) = (0, top + height + gap, 0) }
      places.append((left, top))
      (left, height) = (left + picture.width + gap, max(height, picture.height))
    }
    let width = zip(pictures, places).map { $0.width + $1.left }.max() ?? 0
    height += top
    var samples = [UInt8](repeating: 255, count: width * height)
    for (picture, place) in zip(pictures, places) where picture.channels == 1 {
      for row in 0..<picture.height {
        let start = (place.top + row) * width + place.left
        let source = row * picture.width..<(row + 1) * picture.width
        samples.replaceSubrange(start..<start + picture.width, with: picture.samples[source])
      }
    }
    return samples.isEmpty ? nil : .encoding(title, samples, width: width, height: height)
  }
}
