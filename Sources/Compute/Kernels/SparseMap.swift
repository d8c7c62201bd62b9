internal import Networks

/// Sparse rows in single precision, for batches of row-major examples: what oneDNN lacks.
struct SparseMap {
  private let inputCount: Int
  private let starts: [Int32]
  private let sources: [Int32]
  private let weights: [Float]

  /// The same map; its table of places is shared.
  init(_ rows: SparseRows) {
    inputCount = rows.inputCount
    starts = rows.starts
    sources = rows.sources
    weights = rows.weights.map(Float.init)
  }

  /// The bytes of a map.
  static func byteCount(rows: Int, terms: Int) -> Int {
    let rows = min(rows, 1 << 48), terms = min(terms, 1 << 48)
    return (rows + 1) * MemoryLayout<Int32>.stride + terms * (MemoryLayout<Int32>.stride + MemoryLayout<Float>.stride)
  }

  /// to = map · from, example by example.
  func apply(_ from: UnsafePointer<Float>, to: UnsafeMutablePointer<Float>, batch: Int) {
    let outputCount = starts.count - 1
    for example in 0..<batch {
      let (from, to) = (from + example * inputCount, to + example * outputCount)
      for row in 0..<outputCount {
        var sum: Float = 0
        for term in Int(starts[row])..<Int(starts[row + 1]) { sum += weights[term] * from[Int(sources[term])] }
        to[row] = sum
      }
    }
  }

  /// to = mapᵀ · from, example by example.
  func applyTranspose(_ from: UnsafePointer<Float>, to: UnsafeMutablePointer<Float>, batch: Int) {
    let outputCount = starts.count - 1
    to.update(repeating: 0, count: batch * inputCount)
    for example in 0..<batch {
      let (from, to) = (from + example * outputCount, to + example * inputCount)
      for row in 0..<outputCount {
        for term in Int(starts[row])..<Int(starts[row + 1]) { to[Int(sources[term])] += weights[term] * from[row] }
      }
    }
  }
}
