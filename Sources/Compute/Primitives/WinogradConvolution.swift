internal import CKernels
internal import COneDNN
internal import Networks

/// A convolution of 3×3 or 5×5 and stride 1 over many channels, or its input gradient, by Winograd's algorithm; see
/// `winograd.c`. oneDNN has the algorithm for 3×3 alone, and takes twice as long.
struct WinogradConvolution: Equatable {
  /// Rows and columns of the kernel.
  private let side: Int
  private let input: Shape
  private let output: Shape
  /// Rows and columns of zeros before the input.
  private let before: Extent
  /// Whether the input is the gradient at a convolution's output, and the output that at its input.
  private let isBackward: Bool

  /// `nil` where a node is something else, or the algorithm doesn't pay.
  init?(_ index: Int, of network: Network) {
    guard case .convolution(let convolution) = network.nodes[index].operation else { return nil }
    let kernel = convolution.kernel
    (side, input, output) = (kernel.height, network.inputShapes(of: index)[0], network.nodes[index].shape)
    before = Extent(convolution.padding.top, convolution.padding.left)
    isBackward = false
    guard kernel == Extent(3) || kernel == Extent(5), convolution.stride == Extent(1),
      convolution.dilation == Extent(1), convolution.groups == 1, convolution.hasModestWindows,
      pays(input), pays(output), weightCount <= Self.mostWeights
    else { return nil }
  }

  private init(backwardOf forward: WinogradConvolution) {
    (side, input, output) = (forward.side, forward.output, forward.input)
    before = Extent(side - 1 - forward.before.height, side - 1 - forward.before.width)
    isBackward = true
  }

  /// Whole blocks of channels, enough of them to be worth the transforms, of which 3×3 gets less back; and no plane that is
  /// mostly beyond the edge of its tiles, of which each takes as many products as it has pixels, `side + 3` each way, where
  /// the sum takes a kernel for each pixel.
  private func pays(_ shape: Shape) -> Bool {
    let (channels, height, width) = (shape[0], shape[1], shape[2])
    let tiles = ((height + 3) / 4) * ((width + 3) / 4)
    return channels % Int(ADVLAB_LANES) == 0 && channels >= (side == 3 ? 64 : 32)
      && 2 * (side + 3) * (side + 3) * tiles <= side * side * height * width
  }

  /// 16 MB: every group of tiles reads all of the weights, and more would not come from a cache.
  private static let mostWeights = 4 << 20

  /// From the gradient at the output to that at the input.
  var backward: WinogradConvolution { WinogradConvolution(backwardOf: self) }

  /// How it reads a batch.
  func inputLayout(_ batch: Int) throws -> TensorLayout { try TensorLayout([batch] + input.extents, tag: dnnl_aBcd16b) }

  /// How it leaves a batch.
  func outputLayout(_ batch: Int) throws -> TensorLayout {
    try TensorLayout([batch] + output.extents, tag: dnnl_aBcd16b)
  }

  private var shape: advlab_winograd {
    let lanes = Int(ADVLAB_LANES)
    return advlab_winograd(
      kernel: side, input_blocks: input[0] / lanes, output_blocks: output[0] / lanes, height: input[1], width: input[2],
      top: before.height, left: before.width, output_height: output[1], output_width: output[2])
  }

  /// The number of floats of scratch.
  var scratchCount: Int { withUnsafePointer(to: shape) { advlab_winograd_scratch($0) } }

  /// The number of floats of the transformed weights.
  var weightCount: Int { withUnsafePointer(to: shape) { advlab_winograd_weights($0) } }

  /// Transforms the convolution's weights `[O, I, K, K]`.
  func pack(_ weights: UnsafePointer<Float>, to packed: UnsafeMutablePointer<Float>) {
    withUnsafePointer(to: shape) { advlab_winograd_pack($0, weights, isBackward ? 1 : 0, packed) }
  }

  /// Convolves a batch.
  func run(
    _ input: UnsafePointer<Float>, weights: UnsafePointer<Float>, biases: UnsafePointer<Float>?, rectifies: Bool,
    scratch: UnsafeMutablePointer<Float>, to output: UnsafeMutablePointer<Float>, batch: Int
  ) {
    withUnsafePointer(to: shape) {
      advlab_winograd_convolve($0, input, weights, biases, rectifies ? 1 : 0, scratch, output, batch)
    }
  }
}
