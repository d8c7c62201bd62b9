internal import Networks

/// A fixed linear map of one row-major example in which every output scalar is a sum of few input scalars: permutations,
/// padding, cropping, up-sampling, and the averages that oneDNN lacks. Compressed sparse rows.
struct SparseMap {
  private let inputCount: Int
  private var starts: [Int32] = [0]
  private var sources: [Int32] = []
  private var weights: [Float] = []

  /// An empty map with the capacity for its rows and terms.
  private init(inputCount: Int, rows: Int, terms: Int) throws(NetworkError) {
    let size = Self.byteCount(rows: rows, terms: terms)
    guard max(rows, terms, inputCount) < Int32.max else {
      throw NetworkError(
        node: "", expected: "a network that fits into memory",
        found: "one with an index table of \(max(rows, terms)) entries")
    }
    // Small tables are not checked, because looking up the free memory takes time.
    if size > 64 << 20 { try MemoryLimit.check(size, for: "for an index table") }
    self.inputCount = inputCount
    starts.reserveCapacity(rows + 1)
    sources.reserveCapacity(terms)
    weights.reserveCapacity(terms)
  }

  /// The bytes of a map.
  static func byteCount(rows: Int, terms: Int) -> Int {
    let rows = min(rows, 1 << 48), terms = min(terms, 1 << 48)
    return (rows + 1) * MemoryLayout<Int32>.stride + terms * (MemoryLayout<Int32>.stride + MemoryLayout<Float>.stride)
  }

  private mutating func appendRow(_ terms: [(source: Int, weight: Float)]) {
    for term in terms {
      sources.append(Int32(term.source))
      weights.append(term.weight)
    }
    starts.append(Int32(sources.count))
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

extension SparseMap {
  /// Output axis `i` is input axis `axes[i]`.
  init(permuting shape: Shape, axes: [Int]) throws(NetworkError) {
    try self.init(inputCount: shape.count, rows: shape.count, terms: shape.count)
    var strides = Array(repeating: 1, count: shape.rank)
    for axis in (0..<max(shape.rank - 1, 0)).reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
    let extents = axes.map { shape[$0] }
    for row in 0..<shape.count {
      var (rest, source) = (row, 0)
      for axis in axes.indices.reversed() {
        source += rest % extents[axis] * strides[axes[axis]]
        rest /= extents[axis]
      }
      appendRow([(source, 1)])
    }
  }

  /// The same scalars, enumerated H, W, C in both shapes where they are images.
  init(reshapingChannelsLast input: Shape, to output: Shape) throws(NetworkError) {
    try self.init(inputCount: input.count, rows: output.count, terms: output.count)
    // For each index of an image in the order H, W, C, its index in the order C, H, W.
    func places(_ shape: Shape) -> [Int] {
      guard shape.rank == 3 else { return Array(0..<shape.count) }
      let (channels, area) = (shape[0], shape[1] * shape[2])
      return (0..<shape.count).map { $0 % channels * area + $0 / channels }
    }
    let from = places(input)
    var sources = Array(repeating: 0, count: output.count)
    for (position, place) in places(output).enumerated() { sources[place] = from[position] }
    for source in sources { appendRow([(source, 1)]) }
  }

  /// Zeros around H and W.
  init(padding image: Shape, by edges: Edges) throws(NetworkError) {
    try self.init(
      image: image, height: image[1] + edges.top + edges.bottom, width: image[2] + edges.left + edges.right,
      top: edges.top, left: edges.left)
  }

  /// Rows and columns removed.
  init(cropping image: Shape, by edges: Edges) throws(NetworkError) {
    try self.init(
      image: image, height: image[1] - edges.top - edges.bottom, width: image[2] - edges.left - edges.right,
      top: -edges.top, left: -edges.left)
  }

  private init(image: Shape, height: Int, width: Int, top: Int, left: Int) throws(NetworkError) {
    let rows = image[0] * height * width
    try self.init(inputCount: image.count, rows: rows, terms: min(rows, image.count))
    for channel in 0..<image[0] {
      for y in 0..<height {
        for x in 0..<width {
          let (row, column) = (y - top, x - left)
          let isInside = (0..<image[1]).contains(row) && (0..<image[2]).contains(column)
          let source = (channel * image[1] + row) * image[2] + column
          appendRow(isInside ? [(source: source, weight: Float(1))] : [])
        }
      }
    }
  }

  /// H and W enlarged.
  init(upsampling image: Shape, _ upsampling: Upsampling) throws(NetworkError) {
    let count = image.count * upsampling.factor.height * upsampling.factor.width
    try self.init(inputCount: image.count, rows: count, terms: count * upsampling.termCount)
    let rows = Self.taps(image[1], factor: upsampling.factor.height, method: upsampling.method)
    let columns = Self.taps(image[2], factor: upsampling.factor.width, method: upsampling.method)
    for channel in 0..<image[0] {
      for row in rows {
        for column in columns {
          appendRow(
            row.flatMap { y in
              column.map { x in ((channel * image[1] + y.source) * image[2] + x.source, y.weight * x.weight) }
            })
        }
      }
    }
  }

  /// For each index along an enlarged axis, the indices that it is interpolated from.
  private static func taps(
    _ extent: Int, factor: Int, method: Upsampling.Method
  ) -> [[(source: Int, weight: Float)]] {
    let enlarged = extent * factor
    return (0..<enlarged).map { place in
      let position: Double
      switch method {
      case .nearest: return [(place / factor, 1)]
      case .bilinear: position = max((Double(place) + 0.5) / Double(factor) - 0.5, 0)
      case .bilinearAlignedCorners:
        position = enlarged == 1 ? 0 : Double(place) * Double(extent - 1) / Double(enlarged - 1)
      }
      let low = min(Int(position), extent - 1)
      let high = min(low + 1, extent - 1)
      let fraction = Float(position - Double(low))
      let taps: [(source: Int, weight: Float)] = [(low, 1 - fraction), (high, fraction)]
      return low == high ? [(source: low, weight: Float(1))] : taps
    }
  }

  /// Average pooling whose divisor counts the padding, but nothing beyond it.
  init(averaging pooling: Pooling, image: Shape, output: Shape) throws(NetworkError) {
    try self.init(inputCount: image.count, rows: output.count, terms: pooling.termCount(image, output))
    let padding = pooling.padding
    for channel in 0..<image[0] {
      for y in 0..<output[1] {
        for x in 0..<output[2] {
          let top = y * pooling.stride.height - padding.top
          let left = x * pooling.stride.width - padding.left
          let bottom = min(top + pooling.kernel.height, image[1] + padding.bottom)
          let right = min(left + pooling.kernel.width, image[2] + padding.right)
          let weight = 1 / Float((bottom - top) * (right - left))
          var terms: [(source: Int, weight: Float)] = []
          for row in max(top, 0)..<min(bottom, image[1]) {
            for column in max(left, 0)..<min(right, image[2]) {
              terms.append(((channel * image[1] + row) * image[2] + column, weight))
            }
          }
          appendRow(terms)
        }
      }
    }
  }
}

extension Upsampling {
  /// The largest number of scalars that one scalar of the enlarged image is interpolated from.
  var termCount: Int { method == .nearest ? 1 : 4 }
}

extension Pooling {
  /// The largest number of scalars in all windows together.
  func termCount(_ image: Shape, _ output: Shape) -> Int {
    let window = min(kernel.height, image[1]) * min(kernel.width, image[2])
    let (count, overflow) = output.count.multipliedReportingOverflow(by: window)
    return overflow ? .max : count
  }
}
