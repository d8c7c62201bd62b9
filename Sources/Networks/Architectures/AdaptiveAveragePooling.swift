/// The windows of PyTorch's adaptive average pooling along one axis: output i is the mean of the scalars from
/// ⌊i·extent/count⌋ to before ⌈(i + 1)·extent/count⌉.
package enum AdaptiveWindows: Equatable {
  /// All of one size and at one distance.
  case even(size: Int, stride: Int)
  /// Of one scalar each, every scalar `factor` times.
  case repeated(factor: Int)
  /// All others.
  case uneven([Range<Int>])

  /// The windows of `count` outputs along an axis of `extent`.
  package init(extent: Int, count: Int) {
    guard count % extent != 0 else {
      self = .repeated(factor: count / extent)
      return
    }
    let windows = (0..<count).map { $0 * extent / count..<(($0 + 1) * extent + count - 1) / count }
    let (size, stride) = (windows[0].count, count > 1 ? windows[1].lowerBound : extent)
    let isEven =
      stride > 0 && windows.enumerated().allSatisfy { $1.lowerBound == $0 * stride && $1.count == size }
    self = isEven ? .even(size: size, stride: stride) : .uneven(windows)
  }

  fileprivate var size: Int { if case .even(let size, _) = self { size } else { 1 } }
  fileprivate var stride: Int { if case .even(_, let stride) = self { stride } else { 1 } }
  fileprivate var factor: Int { if case .repeated(let factor) = self { factor } else { 1 } }
}

extension Network {
  /// PyTorch's adaptive average pooling of an image to `side` × `side`: a pooling where the windows of an axis are
  /// even, repeated rows or columns where the image is smaller by a whole factor, and else a mean per window. A window
  /// is a product of rows and columns, so one axis can follow the other.
  package mutating func adaptiveAveragePooling(_ name: String, side: Int) throws(NetworkError) {
    let rows = AdaptiveWindows(extent: outputShape[1], count: side)
    let columns = AdaptiveWindows(extent: outputShape[2], count: side)
    if rows.size > 1 || columns.size > 1 {
      let pooling = Pooling(
        .average(countsPadding: false), kernel: Extent(rows.size, columns.size),
        stride: Extent(rows.stride, columns.stride))
      try append(.pooling(pooling), named: name)
    }
    if rows.factor > 1 || columns.factor > 1 {
      let factor = Extent(rows.factor, columns.factor)
      try append(.upsampling(Upsampling(factor: factor)), named: "\(name).repeated")
    }
    if case .uneven(let windows) = rows { try means("\(name).rows", of: windows, axis: 1) }
    if case .uneven(let windows) = columns { try means("\(name).columns", of: windows, axis: 2) }
  }

  /// The mean of each window of rows (`axis` 1) or columns (2).
  private mutating func means(_ name: String, of windows: [Range<Int>], axis: Int) throws(NetworkError) {
    let input = outputIndex
    let extent = outputShape[axis]
    var means: [Int] = []
    for (number, window) in windows.enumerated() {
      let (before, after) = (window.lowerBound, extent - window.upperBound)
      let edges =
        axis == 1
        ? Edges(top: before, bottom: after, left: 0, right: 0) : Edges(top: 0, bottom: 0, left: before, right: after)
      var mean = try append(.cropping(edges), named: "\(name).\(number)", to: [input])
      if window.count > 1 {
        let kernel = axis == 1 ? Extent(window.count, 1) : Extent(1, window.count)
        mean = try append(
          .pooling(Pooling(.average(countsPadding: false), kernel: kernel)), named: "\(name).\(number).mean")
      }
      means.append(mean)
    }
    try append(.concatenate(axis: axis), named: name, to: means)
  }
}
