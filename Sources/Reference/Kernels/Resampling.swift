import Networks

extension Upsampling {
  /// The input rows (or columns) that make up one output row, with their weights; the weights add up to 1.
  func taps(at output: Int, extent: Int, factor: Int) -> [(place: Int, weight: Double)] {
    let position: Double
    switch method {
    case .nearest: return [(output / factor, 1)]
    case .bilinear:
      // Pixel centres lie at half-integers; before the first centre and after the last one the edge goes on.
      position = min(max((Double(output) + 0.5) / Double(factor) - 0.5, 0), Double(extent - 1))
    case .bilinearAlignedCorners:
      let last = extent * factor - 1
      position = last == 0 ? 0 : Double(output) * Double(extent - 1) / Double(last)
    }
    let lower = min(Int(position), extent - 1)
    let fraction = position - Double(lower)
    return [(lower, 1 - fraction), (min(lower + 1, extent - 1), fraction)]
  }

  /// The enlarged images.
  func forward(_ input: Tensor<Double>, to shape: Shape) -> Tensor<Double> {
    let values = input.scalars
    var result = [Double](repeating: 0, count: shape.count)
    forEachTap(input: input.shape, output: shape) { x, y, weight in result[y] += weight * values[x] }
    return Tensor(shape: shape, scalars: result)
  }

  /// The cotangents, added to the scalars that were interpolated, with the same weights.
  func inputGradient(of cotangent: Tensor<Double>, to shape: Shape) -> Tensor<Double> {
    let dy = cotangent.scalars
    var dx = [Double](repeating: 0, count: shape.count)
    forEachTap(input: shape, output: cotangent.shape) { x, y, weight in dx[x] += weight * dy[y] }
    return Tensor(shape: shape, scalars: dx)
  }

  private func forEachTap(input: Shape, output: Shape, _ body: (_ x: Int, _ y: Int, _ weight: Double) -> Void) {
    let (x, y) = (NCHW(input), NCHW(output))
    for n in 0..<y.count {
      for c in 0..<y.channels {
        for i in 0..<y.height {
          for j in 0..<y.width {
            for (row, rowWeight) in taps(at: i, extent: x.height, factor: factor.height) {
              for (column, columnWeight) in taps(at: j, extent: x.width, factor: factor.width) {
                body(x.offset(n, c, row, column), y.offset(n, c, i, j), rowWeight * columnWeight)
              }
            }
          }
        }
      }
    }
  }
}
