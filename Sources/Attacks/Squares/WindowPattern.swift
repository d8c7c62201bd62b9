package import Networks

/// The change that a square window gets in L2 and L1: one half goes up and the other down, the most in the middle of
/// each; a unit in the norm.
package struct WindowPattern {
  /// The changes, row by row.
  package let values: [Double]
  /// The extent of either side.
  package let side: Int

  /// The pattern of a window.
  package init(side: Int, norm: Norm) {
    self.side = side
    let top = Self.bump(rows: side / 2, columns: side, norm)
    let bottom = Self.bump(rows: side - side / 2, columns: side, norm)
    values = Self.normalized(top + bottom.map { -$0 }, norm)
  }

  /// The value at a place; of the pattern on its side if `isTurned`.
  @inline(__always)
  func value(_ row: Int, _ column: Int, isTurned: Bool) -> Double {
    isTurned ? values[column * side + row] : values[row * side + column]
  }

  /// Rectangles around the middle, each by one larger to every side than the one before: the k-th adds 1/k², and in L1
  /// 1/k⁴.
  private static func bump(rows: Int, columns: Int, _ norm: Norm) -> [Double] {
    var values = [Double](repeating: 0, count: rows * columns)
    let (middleRow, middleColumn) = (rows / 2, columns / 2)
    for ring in 0..<max(middleRow, middleColumn) + 1 {
      let reach = Double((ring + 1) * (ring + 1))
      let height = norm == .l2 ? 1 / reach : 1 / (reach * reach)
      for row in max(middleRow - ring, 0)..<max(min(middleRow + ring + 1, rows), 0) {
        for column in max(middleColumn - ring, 0)..<min(middleColumn + ring + 1, columns) {
          values[row * columns + column] += height
        }
      }
    }
    return normalized(values, norm)
  }

  private static func normalized(_ values: [Double], _ norm: Norm) -> [Double] {
    let length =
      norm == .l2 ? values.reduce(0) { $0 + $1 * $1 }.squareRoot() : values.reduce(0) { $0 + abs($1) }
    return length > 0 ? values.map { $0 / length } : values
  }
}
