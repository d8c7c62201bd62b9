import Hyperparameters
public import Networks

/// The size of a patch: one square of the image, in which every pixel may take any value.
///
/// It is a share of the image's area, as papers say what a patch covers, and means the same for images of 8×8 and of
/// 224×224 pixels. The side is the nearest whole number of pixels, one at least: 25/784 are five of MNIST's 28.
public struct PatchSize: ChangeLimits, Hashable {
  /// Between LaVAN's patches, which cover 2 % of the image, and Brown's, up to 10 % and more: a square of 2×2 pixels in
  /// images of 8×8, 6×6 in MNIST, 50×50 in those of 224×224.
  static let usualShare: Float = 0.05

  /// The share of the area.
  let share: Float

  /// The side of the square in images of a shape.
  ///
  /// - Precondition: they have rows and columns.
  func side(for example: Shape) -> Int {
    let grid = PixelGrid(example)
    let side = (Double(share) * Double(grid.area)).squareRoot().rounded()
    return min(max(Int(side), 1), grid.longestSide)
  }

  /// `one square of 5×5 pixels`.
  public func limits(for example: Shape) -> String {
    let side = side(for: example)
    return side == 1 ? "one pixel" : "one square of \(side)×\(side) pixels"
  }

  /// All pixels that differ must lie in one square.
  public func violation(from image: Tensor<Float>, to point: Tensor<Float>) -> String? {
    let example = image.shape.example
    guard example.rank == 3 else { return nil }
    let (grid, side) = (PixelGrid(example), side(for: example))
    var (rows, columns) = (Span(), Span())
    image.withUnsafeScalars { image in
      point.withUnsafeScalars { point in
        for index in image.indices where image[index] != point[index] {
          let (row, column) = (index % grid.area).quotientAndRemainder(dividingBy: grid.columns)
          rows.enter(row)
          columns.enter(column)
        }
      }
    }
    guard rows.length > side || columns.length > side else { return nil }
    return "pixels differ in a region of \(rows.length)×\(columns.length), and not in \(limits(for: example))"
  }

  /// From the first to the last of some numbers.
  private struct Span {
    private var first = Int.max
    private var last = Int.min

    var length: Int { first > last ? 0 : last - first + 1 }

    mutating func enter(_ number: Int) { (first, last) = (min(first, number), max(last, number)) }
  }
}

extension Hyperparameter {
  /// The size of a patch.
  static func patchSize(_ path: any WritableKeyPath<Owner, Float> & Sendable) -> Hyperparameter {
    .number("size", path, .above(0, to: 1), "The share of the image's area that the square covers, such as 25/784.")
  }
}
