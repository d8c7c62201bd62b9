import Networks

/// The element-wise product of a tensor and an array of factors.
func product(_ a: Tensor<Double>, _ factors: [Double]) -> Tensor<Double> {
  Tensor(shape: a.shape, scalars: zip(a.scalars, factors).map(*))
}

extension NodeEvaluation {
  /// The product of the two inputs, the smaller one repeated over H and W.
  func productOfInputs() -> Tensor<Double> {
    product(repeated(inputs[0]), repeated(inputs[1]).scalars)
  }

  /// Each input's gradient is the cotangent times the other input, summed over what was repeated.
  func productGradients(of cotangent: Tensor<Double>) -> [Tensor<Double>] {
    [
      collected(product(cotangent, repeated(inputs[1]).scalars), to: inputs[0].shape),
      collected(product(cotangent, repeated(inputs[0]).scalars), to: inputs[1].shape),
    ]
  }

  /// One scalar per example and channel becomes H · W equal ones, where the output has as many.
  private func repeated(_ input: Tensor<Double>) -> Tensor<Double> {
    let repetitions = outputShape.count / input.shape.count
    return output(input.scalars.flatMap { Array(repeating: $0, count: repetitions) })
  }

  private func collected(_ gradient: Tensor<Double>, to shape: Shape) -> Tensor<Double> {
    let scalars = gradient.scalars
    let repetitions = scalars.count / shape.count
    let sums = (0..<shape.count).map { scalars[$0 * repetitions..<($0 + 1) * repetitions].reduce(0, +) }
    return Tensor(shape: shape, scalars: sums)
  }

  /// The factor by which dropout multiplies every scalar: 1 in inference mode.
  func dropoutScales(rate: Float) -> [Double] {
    guard case .training(let context) = mode else { return inputs[0].scalars.map { _ in 1 } }
    return context.exampleIDs.flatMap { example in
      var factors = [Float](repeating: 1, count: inputs[0].exampleSize)
      factors.withUnsafeMutableBufferPointer {
        DropoutMask.fill($0, rate: rate, context: context.seed, step: context.step, node: index, example: example)
      }
      return factors.map(Double.init)
    }
  }
}
