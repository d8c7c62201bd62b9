import Networks

extension Convolution: BilinearOperation {
  /// The products of a cross-correlation: filter `o` at output position (i, j) reads, through tap (k, l) of its group's
  /// channel `c`, the input at (i · stride + k · dilation − padding).
  func forEachProduct(weight: Shape, input: Shape, output: Shape, _ body: (_ w: Int, _ x: Int, _ y: Int) -> Void) {
    let (w, x, y) = (NCHW(weight), NCHW(input), NCHW(output))
    let filtersPerGroup = y.channels / groups
    for n in 0..<y.count {
      for o in 0..<y.channels {
        let firstChannel = o / filtersPerGroup * w.channels
        for i in 0..<y.height {
          for j in 0..<y.width {
            for c in 0..<w.channels {
              for k in 0..<w.height {
                for l in 0..<w.width {
                  let row = i * stride.height + k * dilation.height - padding.top
                  let column = j * stride.width + l * dilation.width - padding.left
                  guard (0..<x.height).contains(row), (0..<x.width).contains(column) else { continue }
                  body(w.offset(o, c, k, l), x.offset(n, firstChannel + c, row, column), y.offset(n, o, i, j))
                }
              }
            }
          }
        }
      }
    }
  }
}
