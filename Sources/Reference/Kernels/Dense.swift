import Networks

extension Dense: BilinearOperation {
  /// The products of a matrix with a vector.
  func forEachProduct(weight: Shape, input: Shape, output: Shape, _ body: (_ w: Int, _ x: Int, _ y: Int) -> Void) {
    let (rows, columns) = (weight[0], weight[1])
    for n in 0..<output[0] {
      for o in 0..<rows {
        for i in 0..<columns {
          body(o * columns + i, n * columns + i, n * rows + o)
        }
      }
    }
  }
}
