package import Networks

/// An example as rows of pixels, channel by channel: what squares are cut from.
///
/// `[C, H, W]` is that; a feature vector `[D]` is an image of one row, whose squares are single features, and of more
/// axes the last two are rows and columns.
package struct PixelGrid: Hashable {
  package let channels: Int
  package let rows: Int
  package let columns: Int

  /// The grid of examples of a shape.
  package init(_ example: Shape) {
    columns = example.extents.last ?? 1
    rows = example.rank > 1 ? example[example.rank - 2] : 1
    channels = example.extents.dropLast(2).reduce(1, *)
  }

  /// The pixels of one channel.
  var area: Int { rows * columns }

  /// The longest side of a square.
  package var longestSide: Int { min(rows, columns) }
}

/// Which share of the pixels a square changes: less and less.
package struct SquareSchedule {
  /// The share at the beginning.
  package let initialShare: Double
  /// The squares that are tried, if the schedule is to be stretched over them; else it is that for 10,000.
  package let stretchedOver: Int?

  /// Creates a schedule.
  package init(initialShare: Double, stretchedOver: Int? = nil) {
    (self.initialShare, self.stretchedOver) = (initialShare, stretchedOver)
  }

  /// After each of these the share is halved.
  private static let halvings = [10, 50, 200, 500, 1_000, 2_000, 4_000, 6_000, 8_000]

  /// The share at a turn, counted from 0.
  func share(_ turn: Int) -> Double {
    let place = stretchedOver.map { Int(Double(turn) / Double($0) * 10_000) } ?? turn
    return Self.halvings.reduce(initialShare) { $1 < place ? $0 / 2 : $0 }
  }

  /// The side of the square at a turn: rounded, half to even as in the reference.
  package func side(_ turn: Int, of grid: PixelGrid) -> Int {
    Int((share(turn) * Double(grid.area)).squareRoot().rounded(.toNearestOrEven))
  }
}
