import Glibc
import Networks

/// Gradients as directions, example by example, whatever a model may give back.
extension Tensor<Float> {
  /// The same with 0 in place of NaN, so that its coordinate stays where it is.
  var withoutNaN: Tensor {
    guard !isFinite else { return self }
    var result = self
    result.withUnsafeMutableScalars { gradient in
      for index in gradient.indices where gradient[index].isNaN { gradient[index] = 0 }
    }
    return result
  }

  /// The same with numbers where there are infinite ones: they are 1 in size and the others, which are nothing against
  /// them, 0.
  var withoutInfinities: Tensor {
    guard withUnsafeScalars({ $0.contains { $0.isInfinite } }) else { return self }
    var result = self
    result.forEachExample { _, gradient in
      guard gradient.contains(where: { $0.isInfinite }) else { return }
      for index in gradient.indices {
        let value = gradient[index]
        gradient[index] = value.isInfinite ? (value > 0 ? 1 : -1) : 0
      }
    }
    return result
  }

  /// Gives every example that is zero in all scalars a random direction instead.
  ///
  /// - Parameters:
  ///   - random: The randomness of the run.
  ///   - ids: The index of each example in its dataset.
  ///   - step: The number of the step, for numbers of its own.
  mutating func replaceZeroExamples(by random: RandomSource, ids: [Int], step: Int) {
    let isZero = zeroExamples
    guard isZero.contains(true) else { return }
    forEachExample { row, gradient in
      guard isZero[row] else { return }
      var stream = random.stream(.search, example: ids[row], step: step)
      stream.fillNormal(gradient)
    }
  }

  /// The differences, scalar by scalar.
  ///
  /// - Precondition: both have one shape.
  func minus(_ other: Tensor) -> Tensor {
    var result = self
    result.forEachExample(with: other) { _, scalars, others in
      for index in scalars.indices { scalars[index] -= others[index] }
    }
    return result
  }

  /// Calls `body` with the scalars of each example, to be changed in place.
  mutating func forEachExample(_ body: (_ row: Int, _ scalars: UnsafeMutableBufferPointer<Float>) -> Void) {
    let size = exampleSize
    withUnsafeMutableScalars { scalars in
      for row in 0..<scalars.count / Swift.max(size, 1) {
        body(row, UnsafeMutableBufferPointer(rebasing: scalars[row * size..<(row + 1) * size]))
      }
    }
  }

  /// Calls `body` with the scalars of each example, to be changed in place, and those of the same example of another.
  ///
  /// - Precondition: both have one shape.
  mutating func forEachExample(
    with other: Tensor,
    _ body: (_ row: Int, _ scalars: UnsafeMutableBufferPointer<Float>, _ others: UnsafeBufferPointer<Float>) -> Void
  ) {
    precondition(shape == other.shape, "tensors of shapes \(shape) and \(other.shape)")
    other.withUnsafeScalars { others in
      forEachExample { row, scalars in
        let range = row * scalars.count..<(row + 1) * scalars.count
        body(row, scalars, UnsafeBufferPointer(rebasing: others[range]))
      }
    }
  }
}

/// The Euclidean length of a vector of finite numbers, in double precision, where no square of a single-precision
/// number overflows.
func length(_ vector: some Collection<Float>) -> Double {
  vector.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
}

/// The rate of step `index` of `count` that falls from the first to the last value along half a period of the cosine.
func cosineRate(_ index: Int, of count: Int, from first: Double, to last: Double) -> Double {
  last + (first - last) * (1 + cos(.pi * Double(index) / Double(max(count, 1)))) / 2
}
