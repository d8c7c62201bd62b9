/// Sums and multiples of whole tensors.
extension Tensor<Float> {
  /// Every scalar times a factor.
  package func scaled(by factor: Float) -> Tensor {
    var result = self
    result.withUnsafeMutableScalars { scalars in for index in scalars.indices { scalars[index] *= factor } }
    return result
  }

  /// This plus a factor times another tensor.
  ///
  /// - Precondition: both have one shape.
  package func adding(_ other: Tensor, times factor: Float = 1) -> Tensor {
    precondition(shape == other.shape, "tensors of shapes \(shape) and \(other.shape)")
    var result = self
    result.withUnsafeMutableScalars { scalars in
      other.withUnsafeScalars { other in for index in scalars.indices { scalars[index] += factor * other[index] } }
    }
    return result
  }
}
