/// One plane of an image, looked at between its pixels; beyond its border is nothing.
struct BilinearPlane {
  /// The pixels, row by row.
  let pixels: UnsafeBufferPointer<Float>
  let height: Int
  let width: Int
  /// The value of nothing.
  let empty: Float

  /// The four pixels around a place, counted from the value of nothing, and how far the place is from the upper left
  /// one.
  private struct Cell {
    let upperLeft: Double, upperRight: Double, lowerLeft: Double, lowerRight: Double
    let down: Double, right: Double
  }

  private func pixel(_ y: Int, _ x: Int) -> Double {
    guard y >= 0, y < height, x >= 0, x < width else { return 0 }
    return Double(pixels[y * width + x]) - Double(empty)
  }

  private func cell(y: Double, x: Double) -> Cell? {
    // Written so that a place which is no number has none either.
    guard y > -1, y < Double(height), x > -1, x < Double(width) else { return nil }
    let (top, left) = (y.rounded(.down), x.rounded(.down))
    let (row, column) = (Int(top), Int(left))
    return Cell(
      upperLeft: pixel(row, column), upperRight: pixel(row, column + 1), lowerLeft: pixel(row + 1, column),
      lowerRight: pixel(row + 1, column + 1), down: y - top, right: x - left)
  }

  /// The bilinear value at a place.
  func value(y: Double, x: Double) -> Float {
    guard let cell = cell(y: y, x: x) else { return empty }
    let upper = cell.upperLeft + cell.right * (cell.upperRight - cell.upperLeft)
    let lower = cell.lowerLeft + cell.right * (cell.lowerRight - cell.lowerLeft)
    return Float(upper + cell.down * (lower - upper) + Double(empty))
  }

  /// Its derivatives by the place; on the lines between cells those of the cell below or to the right.
  func slope(y: Double, x: Double) -> (y: Double, x: Double) {
    guard let cell = cell(y: y, x: x) else { return (0, 0) }
    let (upper, lower) = (cell.upperRight - cell.upperLeft, cell.lowerRight - cell.lowerLeft)
    let (left, right) = (cell.lowerLeft - cell.upperLeft, cell.lowerRight - cell.upperRight)
    return (left + cell.right * (right - left), upper + cell.down * (lower - upper))
  }
}
