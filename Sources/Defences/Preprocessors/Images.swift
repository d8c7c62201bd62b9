import Networks

/// A batch of images `[N, C, H, W]` as N·C planes of H×W.
struct Planes {
  let count: Int
  let height: Int
  let width: Int

  var size: Int { height * width }

  init(_ images: Tensor<Float>, for name: String) throws(DefenceError) {
    guard images.shape.rank == 4 else {
      throw .shape(found: images.shape.example, expected: "images of channels, rows and columns", for: name)
    }
    count = images.shape[0] * images.shape[1]
    height = images.shape[2]
    width = images.shape[3]
  }
}

/// The index in 0..<`count` for an `index` beyond the border, which is mirrored with the edge repeated: `d c b a | a b
/// c d | d c b a`, SciPy's mode "reflect".
func reflected(_ index: Int, count: Int) -> Int {
  let period = 2 * count
  let place = ((index % period) + period) % period
  return place < count ? place : period - 1 - place
}

extension Tensor<Float> {
  /// A tensor of the same number of examples, written example by example.
  func mappingExamples(
    to shape: Shape? = nil,
    _ body: (_ example: UnsafeBufferPointer<Float>, _ result: UnsafeMutableBufferPointer<Float>) throws -> Void
  ) rethrows -> Tensor {
    let shape = shape ?? self.shape.example
    var result = Tensor(shape: shape.batched(exampleCount))
    let (from, to) = (exampleSize, shape.count)
    try withUnsafeScalars { scalars in
      try result.withUnsafeMutableScalars { result in
        for row in 0..<exampleCount {
          try body(
            UnsafeBufferPointer(rebasing: scalars[row * from..<(row + 1) * from]),
            UnsafeMutableBufferPointer(rebasing: result[row * to..<(row + 1) * to]))
        }
      }
    }
    return result
  }

  /// The same for two tensors with equally many examples.
  func mappingExamples(
    with other: Tensor, to shape: Shape,
    _ body: (
      _ example: UnsafeBufferPointer<Float>, _ other: UnsafeBufferPointer<Float>,
      _ result: UnsafeMutableBufferPointer<Float>
    ) throws -> Void
  ) rethrows -> Tensor {
    var row = 0
    let size = other.exampleSize
    return try other.withUnsafeScalars { others in
      try mappingExamples(to: shape) { example, result in
        try body(example, UnsafeBufferPointer(rebasing: others[row * size..<(row + 1) * size]), result)
        row += 1
      }
    }
  }
}
