public import Hyperparameters
public import Networks

/// The median of a square window, borders mirrored: `scipy.ndimage.median_filter` with its mode "reflect".
///
/// Xu, Evans and Qi, *Feature squeezing*, arXiv 1704.01155. An even window reaches one pixel farther up and left, and
/// takes the upper of its two middle values. The gradient goes to the pixel that is the median: this is the exact
/// derivative wherever no two pixels of a window are equal.
public struct MedianFilter: PreprocessorMethod, Preprocessor {
  /// Name, title and source.
  public static let method = Method(
    name: "median", title: "Median filter",
    summary: "The median of a square window.",
    citation: "Xu, Evans and Qi, arXiv 1704.01155")

  /// The side of the window.
  public var size = 3

  /// The hyper-parameters.
  public static let hyperparameters: [Hyperparameter<MedianFilter>] = [
    .integer("size", \.size, in: 1...99, unit: "pixels", "The side of the window.")
  ]

  /// The defaults.
  public init() {}

  /// Creates a filter.
  public init(size: Int) {
    self.size = size
  }

  /// To the median pixel.
  public var derivative: DerivativeKind { .exact }

  /// The filtered images.
  public func apply(_ images: Tensor<Float>, draw: Draw) throws -> Tensor<Float> {
    var result = images
    try forEachMedian(images) { place, source in
      result.withUnsafeMutableScalars { to in images.withUnsafeScalars { to[place] = $0[source] } }
    }
    return result
  }

  /// Every scalar of the cotangent, added where its median was found.
  public func pullback(_ cotangent: Tensor<Float>, at images: Tensor<Float>, draw: Draw) throws -> Tensor<Float> {
    var result = Tensor<Float>(shape: images.shape)
    try forEachMedian(images) { place, source in
      result.withUnsafeMutableScalars { to in cotangent.withUnsafeScalars { to[source] += $0[place] } }
    }
    return result
  }

  /// Calls `body` for every pixel with the index of its median pixel.
  private func forEachMedian(_ images: Tensor<Float>, _ body: (_ place: Int, _ source: Int) -> Void) throws {
    let planes = try Planes(images, for: Self.name)
    let offsets = -(size / 2)..<size - size / 2
    let rows = (0..<planes.height).map { y in offsets.map { reflected(y + $0, count: planes.height) } }
    let columns = (0..<planes.width).map { x in offsets.map { reflected(x + $0, count: planes.width) } }
    var window = [Int](repeating: 0, count: size * size)
    images.withUnsafeScalars { scalars in
      for plane in 0..<planes.count {
        let start = plane * planes.size
        for y in 0..<planes.height {
          for x in 0..<planes.width {
            var filled = 0
            for row in rows[y] {
              for column in columns[x] {
                insert(start + row * planes.width + column, into: &window, filled: filled, by: scalars)
                filled += 1
              }
            }
            body(start + y * planes.width + x, window[filled / 2])
          }
        }
      }
    }
  }

  /// Keeps the indices seen so far in the order of their pixels' values.
  private func insert(_ place: Int, into window: inout [Int], filled: Int, by scalars: UnsafeBufferPointer<Float>) {
    var position = filled
    while position > 0, scalars[window[position - 1]] > scalars[place] {
      window[position] = window[position - 1]
      position -= 1
    }
    window[position] = place
  }
}
