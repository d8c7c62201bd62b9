internal import CKernels
internal import Networks

/// How the scalars of a layer lie in memory, counted in vectors: `[C, H, W]` with zeros around it, that windows beyond the
/// edge read.
struct LaneImage {
  let shape: Shape
  let halo: Edges
  var rows: Int { shape[1] + halo.top + halo.bottom }
  var columns: Int { shape[2] + halo.left + halo.right }
  var plane: Int { rows * columns }
  /// The vectors of 16 examples.
  var count: Int { shape[0] * plane }

  /// Where a scalar lies.
  func place(_ channel: Int, _ y: Int, _ x: Int) -> Int {
    channel * plane + (y + halo.top) * columns + x + halo.left
  }

  /// Where all scalars lie, enumerated in an order.
  func places(_ order: AxisOrder = .channelsFirst) -> [Int] {
    let (channels, height, width) = (shape[0], shape[1], shape[2])
    return (0..<shape.count).map { index in
      switch order {
      case .channelsFirst: place(index / (height * width), index / width % height, index % width)
      case .channelsLast: place(index % channels, index / channels / width, index / channels % width)
      }
    }
  }

  /// Zeros that a convolution's windows read around its input.
  static func halo(of convolution: Convolution, input: Shape, output: Shape) -> Edges {
    func behind(_ axis: Int, _ kernel: Int, _ stride: Int, _ dilation: Int, _ padding: Int) -> Int {
      max(0, (output[axis] - 1) * stride + (kernel - 1) * dilation + 1 - padding - input[axis])
    }
    let (kernel, stride, dilation) = (convolution.kernel, convolution.stride, convolution.dilation)
    return Edges(
      top: convolution.padding.top,
      bottom: behind(1, kernel.height, stride.height, dilation.height, convolution.padding.top),
      left: convolution.padding.left,
      right: behind(2, kernel.width, stride.width, dilation.width, convolution.padding.left))
  }

  /// Zeros that the input's gradient reads around that of the output.
  static func gradientHalo(of convolution: Convolution, input: Shape, output: Shape) -> Edges {
    func before(_ kernel: Int, _ stride: Int, _ dilation: Int, _ padding: Int) -> Int {
      max(0, ((kernel - 1) * dilation - padding + stride - 1) / stride)
    }
    func behind(_ axis: Int, _ stride: Int, _ padding: Int) -> Int {
      max(0, (input[axis] - 1 + padding) / stride - output[axis] + 1)
    }
    let (kernel, stride, dilation) = (convolution.kernel, convolution.stride, convolution.dilation)
    return Edges(
      top: before(kernel.height, stride.height, dilation.height, convolution.padding.top),
      bottom: behind(1, stride.height, convolution.padding.top),
      left: before(kernel.width, stride.width, dilation.width, convolution.padding.left),
      right: behind(2, stride.width, convolution.padding.left))
  }
}

extension Edges {
  /// The larger of both on every side.
  func union(_ other: Edges) -> Edges {
    Edges(
      top: max(top, other.top), bottom: max(bottom, other.bottom), left: max(left, other.left),
      right: max(right, other.right))
  }
}

/// Whole numbers at an address that C can keep.
final class LaneTable {
  let pointer: UnsafeMutablePointer<Int32>
  let count: Int

  init(_ numbers: [Int]) {
    count = numbers.count
    pointer = .allocate(capacity: max(count, 1))
    for (index, number) in numbers.enumerated() { pointer[index] = Int32(number) }
  }

  /// The numbers of one block of examples, and of all that follow at a distance.
  convenience init(_ numbers: [Int], blocks: Int, distance: Int) {
    self.init((0..<blocks).flatMap { block in numbers.map { block * distance + $0 } })
  }

  deinit {
    pointer.deallocate()
  }
}
