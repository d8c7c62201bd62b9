internal import CKernels
internal import Networks

/// The memory layout of a layer's scalars, counted in vectors: `[C, H, W]` with a border of zeros for windows that
/// reach beyond the edge.
struct LaneImage {
  let shape: Shape
  let halo: Edges
  var rows: Int { shape[1] + halo.top + halo.bottom }
  var columns: Int { shape[2] + halo.left + halo.right }
  var plane: Int { rows * columns }
  /// The vectors of 16 examples.
  var count: Int { shape[0] * plane }

  /// The offset of a scalar.
  func place(_ channel: Int, _ y: Int, _ x: Int) -> Int {
    channel * plane + (y + halo.top) * columns + x + halo.left
  }

  /// The offsets of all scalars, in an order of the axes.
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

  /// Zeros around the output gradient that the input gradient reads.
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
  /// The larger of the two on every side.
  func union(_ other: Edges) -> Edges {
    Edges(
      top: max(top, other.top), bottom: max(bottom, other.bottom), left: max(left, other.left),
      right: max(right, other.right))
  }
}

/// Whole numbers at a fixed address, which a C struct may point to.
final class LaneTable {
  let pointer: UnsafeMutablePointer<Int32>
  let count: Int

  init(_ numbers: [Int]) {
    count = numbers.count
    pointer = .allocate(capacity: max(count, 1))
    for (index, number) in numbers.enumerated() { pointer[index] = Int32(number) }
  }

  /// The numbers of one block of examples, repeated for every block with `distance` added each time.
  convenience init(_ numbers: [Int], blocks: Int, distance: Int) {
    self.init((0..<blocks).flatMap { block in numbers.map { block * distance + $0 } })
  }

  deinit {
    pointer.deallocate()
  }
}
