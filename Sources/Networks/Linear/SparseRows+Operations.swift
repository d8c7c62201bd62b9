extension SparseRows {
  /// Output axis `i` is input axis `axes[i]`.
  package init(permuting shape: Shape, axes: [Int]) throws(NetworkError) {
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
  package init(reshapingChannelsLast input: Shape, to output: Shape) throws(NetworkError) {
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
  package init(padding image: Shape, by edges: Edges) throws(NetworkError) {
    try self.init(
      image: image, height: image[1] + edges.top + edges.bottom, width: image[2] + edges.left + edges.right,
      top: edges.top, left: edges.left)
  }

  /// Rows and columns removed.
  package init(cropping image: Shape, by edges: Edges) throws(NetworkError) {
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
          appendRow(isInside ? [(source: source, weight: Double(1))] : [])
        }
      }
    }
  }

  /// H and W enlarged.
  package init(upsampling image: Shape, _ upsampling: Upsampling) throws(NetworkError) {
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
  ) -> [[(source: Int, weight: Double)]] {
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
      let fraction = Double(position - Double(low))
      let taps: [(source: Int, weight: Double)] = [(low, 1 - fraction), (high, fraction)]
      return low == high ? [(source: low, weight: Double(1))] : taps
    }
  }

  /// Average pooling. Where the divisor counts the padding, it counts nothing beyond it.
  package init(averaging pooling: Pooling, image: Shape, output: Shape) throws(NetworkError) {
    let countsPadding = if case .average(true) = pooling.kind { true } else { false }
    try self.init(pooling, image: image, output: output) { window in
      1 / Double(countsPadding ? window.paddedCount : window.rows.count * window.columns.count)
    }
  }

  /// The scalars in each window of a pooling, with the weight 1.
  package init(windowsOf pooling: Pooling, image: Shape, output: Shape) throws(NetworkError) {
    try self.init(pooling, image: image, output: output) { _ in 1 }
  }

  private init(
    _ pooling: Pooling, image: Shape, output: Shape, weight: (PoolingWindow) -> Double
  ) throws(NetworkError) {
    try self.init(inputCount: image.count, rows: output.count, terms: pooling.termCount(image, output))
    for channel in 0..<image[0] {
      for y in 0..<output[1] {
        for x in 0..<output[2] {
          let window = PoolingWindow(of: pooling, row: y, column: x, in: image)
          let weight = weight(window)
          var terms: [(source: Int, weight: Double)] = []
          for row in window.rows {
            for column in window.columns {
              terms.append(((channel * image[1] + row) * image[2] + column, weight))
            }
          }
          appendRow(terms)
        }
      }
    }
  }
}

/// The part of a pooling's window that lies inside the image.
private struct PoolingWindow {
  let rows: Range<Int>
  let columns: Range<Int>
  /// The scalars of the window, padding included.
  let paddedCount: Int

  init(of pooling: Pooling, row: Int, column: Int, in image: Shape) {
    let top = row * pooling.stride.height - pooling.padding.top
    let left = column * pooling.stride.width - pooling.padding.left
    let bottom = min(top + pooling.kernel.height, image[1] + pooling.padding.bottom)
    let right = min(left + pooling.kernel.width, image[2] + pooling.padding.right)
    rows = max(top, 0)..<min(bottom, image[1])
    columns = max(left, 0)..<min(right, image[2])
    paddedCount = (bottom - top) * (right - left)
  }
}

extension SparseRows {
  /// The mean of every channel.
  package init(averagingChannelsOf image: Shape) throws(NetworkError) {
    try self.init(inputCount: image.count, rows: image[0], terms: image.count)
    let area = image.count / image[0]
    for channel in 0..<image[0] {
      appendRow((channel * area..<(channel + 1) * area).map { ($0, 1 / Double(area)) })
    }
  }

  /// One of the inputs of a concatenation, at its place in the output; the other places are zero.
  package init(placing input: Shape, at start: Int, ofAxis axis: Int, in output: Shape) throws(NetworkError) {
    try self.init(inputCount: input.count, rows: output.count, terms: input.count)
    let run = output.extents[(axis + 1)...].reduce(1, *)
    for place in 0..<output.count {
      let (outer, along, inner) = (place / run / output[axis], place / run % output[axis] - start, place % run)
      let isInside = (0..<input[axis]).contains(along)
      appendRow(isInside ? [((outer * input[axis] + along) * run + inner, 1)] : [])
    }
  }
}

extension Upsampling {
  /// The largest number of scalars that one scalar of the enlarged image is interpolated from.
  package var termCount: Int { method == .nearest ? 1 : 4 }
}

extension Pooling {
  /// The largest number of scalars in all windows together.
  package func termCount(_ image: Shape, _ output: Shape) -> Int {
    let window = min(kernel.height, image[1]) * min(kernel.width, image[2])
    let (count, overflow) = output.count.multipliedReportingOverflow(by: window)
    return overflow ? .max : count
  }
}
