/// A batch is a tensor whose first axis counts examples.
extension Tensor {
  /// The number of examples: the first extent.
  public var exampleCount: Int { shape.rank == 0 ? 0 : shape[0] }

  /// The number of scalars of one example.
  public var exampleSize: Int { shape.example.count }

  /// The examples of a range, in order.
  public func examples(_ range: Range<Int>) -> Tensor {
    let size = exampleSize
    let slice = scalars[range.lowerBound * size..<range.upperBound * size]
    return Tensor(shape: shape.example.batched(range.count), scalars: Array(slice))
  }

  /// The examples at `indices`, in that order; an index may occur more than once.
  public func gathering(_ indices: [Int]) -> Tensor {
    let size = exampleSize
    var result: [Scalar] = []
    result.reserveCapacity(indices.count * size)
    for index in indices {
      result.append(contentsOf: scalars[index * size..<(index + 1) * size])
    }
    return Tensor(shape: shape.example.batched(indices.count), scalars: result)
  }

  /// Replaces the examples at `indices` by the examples of `source`, in order.
  ///
  /// - Precondition: `source` has `indices.count` examples of this tensor's example shape.
  public mutating func scatter(_ source: Tensor, to indices: [Int]) {
    let size = exampleSize
    precondition(source.exampleCount == indices.count && source.exampleSize == size, "examples of another shape")
    source.withUnsafeScalars { from in
      withUnsafeMutableScalars { to in
        for (row, index) in indices.enumerated() {
          for offset in 0..<size {
            to[index * size + offset] = from[row * size + offset]
          }
        }
      }
    }
  }

  /// Replaces the examples of a range by those of `source`.
  ///
  /// - Precondition: `source` has as many examples as the range, of this tensor's example shape.
  public mutating func replace(_ range: Range<Int>, by source: Tensor) {
    let size = exampleSize
    precondition(source.exampleCount == range.count && source.exampleSize == size, "examples of another shape")
    source.withUnsafeScalars { from in
      withUnsafeMutableScalars { to in
        _ = to[range.lowerBound * size..<range.upperBound * size].update(fromContentsOf: from)
      }
    }
  }

  /// The examples of several batches, one after the other.
  ///
  /// - Precondition: `batches` is not empty and all have the same example shape.
  public static func concatenating(_ batches: [Tensor]) -> Tensor {
    precondition(batches.allSatisfy { $0.shape.example == batches[0].shape.example }, "examples of another shape")
    let shape = batches[0].shape.example.batched(batches.reduce(0) { $0 + $1.exampleCount })
    var scalars: [Scalar] = []
    // Without it the array would grow by doubling, and hold its scalars twice while it is copied.
    scalars.reserveCapacity(shape.count)
    for batch in batches { scalars += batch.scalars }
    return Tensor(shape: shape, scalars: scalars)
  }

  /// Whether each example is zero in every scalar. For a gradient, the first few scalars nearly always decide.
  public var zeroExamples: [Bool] {
    let size = exampleSize
    return withUnsafeScalars { scalars in
      (0..<exampleCount).map { row in
        for index in row * size..<(row + 1) * size where scalars[index] != 0 { return false }
        return true
      }
    }
  }

  /// The index of the largest scalar of each example; of equal ones the first.
  public func argmax() -> [Int] {
    let size = exampleSize
    return withUnsafeScalars { values in
      (0..<exampleCount).map { row in
        var best = 0
        for column in 1..<max(size, 1) where values[row * size + column] > values[row * size + best] {
          best = column
        }
        return best
      }
    }
  }
}
