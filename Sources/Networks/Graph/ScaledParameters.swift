/// Parameters of which some count as multiplied by factors, one for each row: weights with a batch normalisation folded
/// into them, without a copy of them.
package struct ScaledParameters: Sendable {
  /// The tensors without their factors.
  private let parameters: Parameters
  private let factors: [ParameterKey: [Double]]

  /// Parameters as they are, or with the factors of some tensors' rows.
  package init(_ parameters: Parameters = Parameters(), factors: [ParameterKey: [Double]] = [:]) {
    (self.parameters, self.factors) = (parameters, factors)
  }

  /// One tensor.
  package subscript(key: ParameterKey) -> ScaledTensor? {
    parameters.tensors[key].map { ScaledTensor(tensor: $0, factors: factors[key]) }
  }

  /// Whether a tensor has factors.
  package func isScaled(_ key: ParameterKey) -> Bool { factors[key] != nil }

  /// The tensors multiplied by their factors.
  package var products: Parameters {
    var result = parameters
    for key in factors.keys { result.tensors[key] = self[key]?.product }
    return result
  }
}

/// A tensor whose rows count as multiplied by a factor each.
package struct ScaledTensor: Sendable {
  /// Without the factors.
  package let tensor: Tensor<Float>
  /// One for each row; `nil` for none.
  package let factors: [Double]?

  /// The product, rounded once.
  package var product: Tensor<Float> {
    var product = Tensor<Float>(shape: tensor.shape)
    product.withUnsafeMutableScalars { scalars in
      if let base = scalars.baseAddress { multiply(0..<tensor.exampleCount, to: base) }
    }
    return product
  }

  /// Calls `body` with memory of the size of the tensor, in which these scalars of the product are at their places.
  package func withProduct(_ scalars: Range<Int>, _ body: (UnsafePointer<Float>) throws -> Void) rethrows {
    let (count, size) = (tensor.shape.count, tensor.exampleSize)
    guard factors != nil, count > 0 else { return try tensor.withUnsafeScalars { try $0.baseAddress.map(body) ?? () } }
    // Pages of a large block that nothing is written to take no memory.
    let memory = UnsafeMutablePointer<Float>.allocate(capacity: count)
    defer { memory.deallocate() }
    multiply(scalars.lowerBound / size..<(scalars.upperBound + size - 1) / size, to: memory)
    try body(memory)
  }

  private func multiply(_ rows: Range<Int>, to product: UnsafeMutablePointer<Float>) {
    let size = tensor.exampleSize
    tensor.withUnsafeScalars { scalars in
      for row in rows {
        let factor = factors?[row] ?? 1
        for place in row * size..<(row + 1) * size { product[place] = Float(Double(scalars[place]) * factor) }
      }
    }
  }
}
