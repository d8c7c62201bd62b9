import Networks

/// An operation `y = W ∗ x + b` that is linear in its input and in its weight: a list of products `w · x`, each added
/// to one scalar of the output. Such an operation defines the list alone; value and both gradients follow from it.
protocol BilinearOperation {
  /// Calls `body` with the offsets of weight, input and output of every product, for batched shapes.
  func forEachProduct(weight: Shape, input: Shape, output: Shape, _ body: (_ w: Int, _ x: Int, _ y: Int) -> Void)
}

extension BilinearOperation {
  /// The output: the bias of its channel plus all products.
  func forward(
    _ input: Tensor<Double>, weight: Tensor<Double>, bias: Tensor<Double>?, to shape: Shape
  ) -> Tensor<Double> {
    let (x, w) = (input.scalars, weight.scalars)
    var y = [Double](repeating: 0, count: shape.count)
    if let bias = bias?.scalars {
      let layout = NCHW(shape)
      for offset in y.indices { y[offset] = bias[layout.channel(at: offset)] }
    }
    forEachProduct(weight: weight.shape, input: input.shape, output: shape) { y[$2] += w[$0] * x[$1] }
    return Tensor(shape: shape, scalars: y)
  }

  /// The gradient of `sum(output · cotangent)` with respect to the input.
  func inputGradient(of cotangent: Tensor<Double>, weight: Tensor<Double>, to shape: Shape) -> Tensor<Double> {
    let (dy, w) = (cotangent.scalars, weight.scalars)
    var dx = [Double](repeating: 0, count: shape.count)
    forEachProduct(weight: weight.shape, input: shape, output: cotangent.shape) { dx[$1] += w[$0] * dy[$2] }
    return Tensor(shape: shape, scalars: dx)
  }

  /// The gradient of `sum(output · cotangent)` with respect to the weight, summed over the batch.
  func weightGradient(of cotangent: Tensor<Double>, input: Tensor<Double>, to shape: Shape) -> [Double] {
    let (dy, x) = (cotangent.scalars, input.scalars)
    var dw = [Double](repeating: 0, count: shape.count)
    forEachProduct(weight: shape, input: input.shape, output: cotangent.shape) { dw[$0] += x[$1] * dy[$2] }
    return dw
  }
}
