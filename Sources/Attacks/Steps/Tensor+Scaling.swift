import Networks

extension Tensor<Float> {
  /// This plus another tensor times a factor. What is NaN in the other leaves its place alone.
  func moved(along other: Tensor, by factor: Float) -> Tensor {
    var result = self
    result.withUnsafeMutableScalars { result in
      other.withUnsafeScalars { other in
        for index in result.indices {
          let change = factor * other[index]
          result[index] += change.isNaN ? 0 : change
        }
      }
    }
    return result
  }

  /// Every example over the mean absolute value of its numbers; one of zeros stays as it is.
  var overMeanMagnitude: Tensor {
    let size = Double(exampleSize)
    return mappingExamples { example in
      let sum = example.reduce(0.0) { $0 + Double(abs($1)) }
      return sum > 0 ? size / sum : 0
    }
  }

  /// Every example over its Euclidean length; one of zeros stays as it is.
  var overLength: Tensor {
    mappingExamples { example in
      let sum = example.reduce(0.0) { $0 + Double($1) * Double($1) }
      return sum > 0 ? 1 / sum.squareRoot() : 0
    }
  }

  /// The sign of every number; zero and NaN have none.
  var signs: Tensor {
    Tensor(shape: shape, scalars: scalars.map { $0 > 0 ? 1 : $0 < 0 ? -1 : 0 })
  }

  /// The same without what is no number, which becomes zero, so that the coordinate does not move; infinity becomes the
  /// largest number, beside which all others vanish.
  var finite: Tensor {
    guard scalars.contains(where: { !$0.isFinite }) else { return self }
    let largest = Float.greatestFiniteMagnitude
    return Tensor(shape: shape, scalars: scalars.map { $0.isNaN ? 0 : min(max($0, -largest), largest) })
  }

  /// Every example times a factor of its own.
  private func mappingExamples(factor: (UnsafeMutableBufferPointer<Float>) -> Double) -> Tensor {
    var result = finite
    let size = exampleSize
    result.withUnsafeMutableScalars { scalars in
      for start in stride(from: 0, to: scalars.count, by: max(size, 1)) {
        let example = UnsafeMutableBufferPointer(rebasing: scalars[start..<start + size])
        let factor = factor(example)
        for index in example.indices { example[index] = Float(Double(example[index]) * factor) }
      }
    }
    return result
  }
}
