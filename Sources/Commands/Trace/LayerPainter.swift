internal import Networks
internal import Reports

/// Pictures of what a node puts out: a tile for each channel of an image, rows of squares for a vector. All channels of a
/// node, and what an attack made of them, have one scale.
struct LayerPainter {
  private static let mostChannels = 64
  /// Numbers of a vector in one row.
  private static let mostSquares = 32
  /// The least side of a tile, as far as whole squares make it.
  private static let leastSide = 64

  private let layer: TracedLayer
  private let size: (channels: Int, height: Int, width: Int)
  private let scale: GreyScale

  init(_ layer: TracedLayer) {
    self.layer = layer
    let shape = layer.node.shape
    let squares = min(shape.count, Self.mostSquares)
    size =
      shape.rank == 3
      ? (shape[0], shape[1], shape[2]) : (1, (shape.count + squares - 1) / squares, squares)
    let scalars = layer.clean.scalars + (layer.attacked?.scalars ?? [])
    scale = GreyScale(of: scalars, isSigned: scalars.contains { $0 < 0 })
  }

  /// A sheet of all channels, of the same when attacked, and of the change; what could not be encoded is left out.
  var sheets: [Gallery.Picture] {
    var sheets = [sheet("image", tiles(layer.clean.scalars, scale))]
    if let attacked = layer.attacked {
      let changes = zip(attacked.scalars, layer.clean.scalars).map { $0 - $1 }
      let ownScale = GreyScale(of: changes, isSigned: true)
      let factor = ownScale.most > 0 ? scale.most / ownScale.most : 1
      sheets.append(sheet("attacked", tiles(attacked.scalars, scale)))
      sheets.append(sheet("change × \(NumberFormat.significant(factor, digits: 2))", tiles(changes, ownScale)))
    }
    return sheets.compactMap { $0 }
  }

  /// Some channels by themselves.
  func channels(first count: Int) -> [Gallery.Picture] {
    tiles(layer.clean.scalars, scale).prefix(count).enumerated().compactMap { channel, tile in
      .encoding("\(channel)", tile, width: size.width, height: size.height)
    }
  }

  private func sheet(_ title: String, _ tiles: [[UInt8]]) -> Gallery.Picture? {
    // A vector is no image: its squares need not be as large.
    let side = layer.node.shape.rank == 3 ? Self.leastSide : 12 * size.width
    let scale = max(1, side / max(size.height, size.width))
    return TileSheet(width: size.width, height: size.height, channels: 1, scale: scale).picture(title, tiles)
  }

  private func tiles(_ scalars: [Double], _ scale: GreyScale) -> [[UInt8]] {
    let area = size.height * size.width
    return (0..<min(size.channels, Self.mostChannels)).map { channel in
      (0..<area).map { place in
        let index = channel * area + place
        // The last row of a long vector need not be full.
        return index < scalars.count ? scale.level(scalars[index]) : 255
      }
    }
  }
}
