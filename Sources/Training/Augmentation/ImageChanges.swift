import Glibc
package import Networks

/// What augmentations do to the scalars of one image `[C, H, W]`.
extension UnsafeMutableBufferPointer<Float> {
  /// Moves the content down and to the right (up and left where negative); the uncovered border is zero.
  func shift(_ shape: Shape, rows: Int, columns: Int) {
    let (height, width) = (shape[1], shape[2])
    let source = Array(self)
    for index in indices {
      let (line, x) = index.quotientAndRemainder(dividingBy: width)
      let (fromRow, fromColumn) = (line % height - rows, x - columns)
      let isInside = (0..<height).contains(fromRow) && (0..<width).contains(fromColumn)
      self[index] = isInside ? source[index - rows * width - columns] : 0
    }
  }

  /// Exchanges left and right.
  func flip(width: Int) {
    for start in Swift.stride(from: 0, to: count, by: width) {
      for column in 0..<width / 2 { swapAt(start + column, start + width - 1 - column) }
    }
  }

  /// Rotates the content counter-clockwise about the centre, bilinearly between pixel centres; uncovered corners are
  /// zero.
  package func rotate(_ shape: Shape, radians: Double) {
    let (height, width) = (shape[1], shape[2])
    let source = Array(self)
    let (cosine, sine) = (cos(radians), sin(radians))
    for place in 0..<height * width {
      let (row, column) = place.quotientAndRemainder(dividingBy: width)
      let (y, x) = (Double(row) - Double(height - 1) / 2, Double(column) - Double(width - 1) / 2)
      let fromX = cosine * x - sine * y + Double(width - 1) / 2
      let fromY = sine * x + cosine * y + Double(height - 1) / 2
      let (left, top) = (fromX.rounded(.down), fromY.rounded(.down))
      let (shareX, shareY) = (fromX - left, fromY - top)
      let corners = [
        (top, left, (1 - shareY) * (1 - shareX)), (top, left + 1, (1 - shareY) * shareX),
        (top + 1, left, shareY * (1 - shareX)), (top + 1, left + 1, shareY * shareX),
      ].filter { $0.0 >= 0 && $0.0 < Double(height) && $0.1 >= 0 && $0.1 < Double(width) }
      for channel in 0..<shape[0] {
        let start = channel * height * width
        self[start + place] = Float(
          corners.reduce(0) { $0 + $1.2 * Double(source[start + Int($1.0) * width + Int($1.1)]) })
      }
    }
  }

  /// Sets a square to zero, as far as it lies in the image.
  func blank(_ shape: Shape, row: Int, column: Int, side: Int) {
    let (height, width) = (shape[1], shape[2])
    for channel in 0..<shape[0] {
      for y in Swift.max(row, 0)..<Swift.max(Swift.min(row + side, height), 0) {
        for x in Swift.max(column, 0)..<Swift.max(Swift.min(column + side, width), 0) {
          self[(channel * height + y) * width + x] = 0
        }
      }
    }
  }
}
