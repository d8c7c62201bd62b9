import Networks

/// A square of pixels of an image, in all of its channels: the place of a patch.
struct PixelSquare: Hashable, Sendable {
  /// The first row.
  let row: Int
  /// The first column.
  let column: Int
  /// The number of rows, and of columns.
  let side: Int

  /// A square in the image.
  init(row: Int, column: Int, side: Int) {
    (self.row, self.column, self.side) = (row, column, side)
  }

  /// One of all those in the image, each equally likely.
  init(side: Int, in grid: PixelGrid, _ stream: inout RandomStream) {
    row = stream.integer(below: grid.rows - side + 1)
    column = stream.integer(below: grid.columns - side + 1)
    self.side = side
  }

  /// Calls `body` for each line of the square, channel by channel.
  ///
  /// - Parameters:
  ///   - grid: The image.
  ///   - body: Told which scalars of the image the line is, and which scalar of a patch is its first.
  func forEachLine(in grid: PixelGrid, _ body: (_ line: Range<Int>, _ patch: Int) -> Void) {
    for channel in 0..<grid.channels {
      for index in 0..<side {
        let start = channel * grid.area + (row + index) * grid.columns + column
        body(start..<start + side, (channel * side + index) * side)
      }
    }
  }

  /// Calls `body` for each scalar of the square, and the one of a patch that belongs there.
  @inline(__always)
  func forEachScalar(in grid: PixelGrid, _ body: (_ index: Int, _ patch: Int) -> Void) {
    forEachLine(in: grid) { line, patch in
      for index in line { body(index, patch + index - line.lowerBound) }
    }
  }
}

extension PixelSquare {
  /// The place where a loss gains most, to first order, when every pixel of the square goes to the end of its range that
  /// the gradient points to. On a linear model that is the best place there is.
  ///
  /// - Parameters:
  ///   - side: The side of the square.
  ///   - gradient: The gradient of the loss at the image, in finite numbers.
  ///   - image: The image.
  ///   - ranges: The ranges of its pixels.
  ///   - grid: Its shape.
  /// - Returns: The place, of equal ones the first; nil where the loss gains nowhere.
  static func mostGain(
    side: Int, gradient: UnsafeBufferPointer<Float>, image: UnsafeBufferPointer<Float>, ranges: PixelRanges,
    grid: PixelGrid
  ) -> PixelSquare? {
    // The sums of all pixels above and to the left: four of them tell that of a rectangle.
    let width = grid.columns + 1
    var sums = [Double](repeating: 0, count: (grid.rows + 1) * width)
    for row in 0..<grid.rows {
      var line = 0.0
      for column in 0..<grid.columns {
        for index in stride(from: row * grid.columns + column, to: gradient.count, by: grid.area) {
          let end = gradient[index] > 0 ? ranges.uppers[index] : ranges.lowers[index]
          line += Double(gradient[index]) * (Double(end) - Double(image[index]))
        }
        sums[(row + 1) * width + column + 1] = sums[row * width + column + 1] + line
      }
    }
    var best: (gain: Double, square: PixelSquare?) = (0, nil)
    for row in 0...grid.rows - side {
      for column in 0...grid.columns - side {
        let (top, bottom) = (row * width + column, (row + side) * width + column)
        let gain = sums[bottom + side] - sums[bottom] - sums[top + side] + sums[top]
        if gain > best.gain { best = (gain, PixelSquare(row: row, column: column, side: side)) }
      }
    }
    return best.square
  }
}
