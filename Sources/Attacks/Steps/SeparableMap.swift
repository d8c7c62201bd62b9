import Networks

/// A linear map of lines: every place of the result is the sum of a few places of a line of the same length.
struct LineMap {
  /// The places that a sum has, some of which may have no weight.
  private let terms: Int
  private let sources: [Int]
  private let weights: [Float]

  /// The sum for each place of the result; a source outside the line counts as zero.
  init(_ sums: [[(source: Int, weight: Double)]]) {
    let terms = sums.reduce(0) { max($0, $1.count) }
    var sources = [Int](repeating: 0, count: sums.count * terms)
    var weights = [Float](repeating: 0, count: sums.count * terms)
    for (place, sum) in sums.enumerated() {
      for (number, term) in sum.enumerated() where sums.indices.contains(term.source) {
        sources[place * terms + number] = term.source
        weights[place * terms + number] = Float(term.weight)
      }
    }
    (self.terms, self.sources, self.weights) = (terms, sources, weights)
  }

  /// The length of a line.
  fileprivate var count: Int { terms == 0 ? 0 : sources.count / terms }

  /// Maps a line, or with the transpose what belongs to its result.
  fileprivate func apply(
    _ from: UnsafePointer<Float>, _ to: UnsafeMutablePointer<Float>, stride: Int, transposed: Bool
  ) {
    sources.withUnsafeBufferPointer { sources in
      weights.withUnsafeBufferPointer { weights in
        for place in 0..<count { to[place * stride] = 0 }
        for index in sources.indices {
          let (a, b) = (index / terms * stride, sources[index] * stride)
          if transposed { to[b] += weights[index] * from[a] } else { to[a] += weights[index] * from[b] }
        }
      }
    }
  }
}

/// A linear map of image planes: one of their rows, then one of their columns. The two commute.
struct SeparableMap {
  /// The map of a row, as long as the plane is wide.
  let rows: LineMap
  /// The map of a column.
  let columns: LineMap

  /// Maps every plane of one example, in place; or by the transpose.
  func apply(_ planes: UnsafeMutableBufferPointer<Float>, transposed: Bool = false) {
    let (width, height) = (rows.count, columns.count)
    guard width * height > 0 else { return }
    withUnsafeTemporaryAllocation(of: Float.self, capacity: width * height) { buffer in
      guard let between = buffer.baseAddress, let first = planes.baseAddress else { return }
      for plane in stride(from: first, to: first + planes.count, by: width * height) {
        for y in 0..<height {
          rows.apply(plane + y * width, between + y * width, stride: 1, transposed: transposed)
        }
        for x in 0..<width { columns.apply(between + x, plane + x, stride: width, transposed: transposed) }
      }
    }
  }
}

extension Tensor<Float> {
  /// The planes of every image mapped, by a map of its own for each row of the batch; nil leaves an image as it is.
  func mapped(by maps: [SeparableMap?], transposed: Bool = false) -> Tensor {
    var result = self
    let size = exampleSize
    result.withUnsafeMutableScalars { scalars in
      for (row, map) in maps.enumerated() {
        map?.apply(UnsafeMutableBufferPointer(rebasing: scalars[row * size..<(row + 1) * size]), transposed: transposed)
      }
    }
    return result
  }
}

extension AttackTask {
  /// Height and width of the images.
  ///
  /// - Throws: `AttackError.needsImages` where they are vectors.
  func imageSides(for attack: String) throws(AttackError) -> (height: Int, width: Int) {
    let shape = images.shape.example
    guard shape.rank == 3 else { throw .needsImages(attack: attack, found: shape) }
    return (shape[1], shape[2])
  }
}
