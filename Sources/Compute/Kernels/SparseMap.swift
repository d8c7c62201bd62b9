internal import Networks

/// A fixed linear map of one row-major example in which every output scalar is a sum of few input scalars: permutations,
/// padding, cropping, up-sampling, and the averages that oneDNN lacks. Compressed sparse rows.
struct SparseMap {
  private let inputCount: Int
  private var starts: [Int32] = [0]
  private var sources: [Int32] = []
  private var weights: [Float] = []

  private init(inputCount: Int) {
    self.inputCount = inputCount
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
  init(permuting shape: Shape, axes: [Int]) {
    self.init(inputCount: shape.count)
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
  init(reshapingChannelsLast input: Shape, to output: Shape) {
    self.init(inputCount: input.count)
    // For each place of an image in H, W, C order, its row-major place in C, H, W.
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
  init(padding image: Shape, by edges: Edges) {
    self.init(
      image: image, height: image[1] + edges.top + edges.bottom, width: image[2] + edges.left + edges.right,
      top: edges.top, left: edges.left)
  }

  /// Rows and columns taken off.
  init(cropping image: Shape, by edges: Edges) {
    self.init(
      image: image, height: image[1] - edges.top - edges.bottom, width: image[2] - edges.left - edges.right,
      top: -edges.top, left: -edges.left)
  }

  private init(image: Shape, height: Int, width: Int, top: Int, left: Int) {
    self.init(inputCount: image.count)
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
  init(upsampling image: Shape, _ upsampling: Upsampling) {
    self.init(inputCount: image.count)
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

  /// For each place along an enlarged axis, the places it is made of.
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

  /// A mean over windows whose divisor counts the padding, but no place beyond it.
  init(averaging pooling: Pooling, image: Shape, output: Shape) {
    self.init(inputCount: image.count)
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
