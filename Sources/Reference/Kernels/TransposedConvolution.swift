import Networks

extension TransposedConvolution: BilinearOperation {
  /// The products of a transposed cross-correlation: input channel `c` at (i, j) writes, through tap (k, l) of its
  /// group's filter `o`, to the output at (i · stride + k · dilation − padding).
  func forEachProduct(weight: Shape, input: Shape, output: Shape, _ body: (_ w: Int, _ x: Int, _ y: Int) -> Void) {
    let (w, x, y) = (NCHW(weight), NCHW(input), NCHW(output))
    let channelsPerGroup = x.channels / groups
    for n in 0..<x.count {
      for c in 0..<x.channels {
        let firstFilter = c / channelsPerGroup * w.channels
        for i in 0..<x.height {
          for j in 0..<x.width {
            for o in 0..<w.channels {
              for k in 0..<w.height {
                for l in 0..<w.width {
                  let row = i * stride.height + k * dilation.height - padding.top
                  let column = j * stride.width + l * dilation.width - padding.left
                  guard (0..<y.height).contains(row), (0..<y.width).contains(column) else { continue }
                  body(w.offset(c, o, k, l), x.offset(n, c, i, j), y.offset(n, firstFilter + o, row, column))
                }
              }
            }
          }
        }
      }
    }
  }
}
