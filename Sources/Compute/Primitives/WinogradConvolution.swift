internal import CKernels
internal import COneDNN
internal import Networks

/// A convolution of 3×3, 4×4 or 5×5 over many channels, or its input gradient, by Winograd's algorithm; see
/// `winograd.c`. oneDNN has the algorithm for 3×3 of stride 1 alone, and takes twice as long.
struct WinogradConvolution: Equatable {
  /// Rows and columns of the kernel.
  private let side: Int
  private let stride: Int
  private let input: Shape
  private let output: Shape
  /// Rows and columns of zeros before the input.
  private let before: Extent
  /// Whether the input is the gradient at a convolution's output, and the output that at its input.
  private let isBackward: Bool

  /// `nil` where a node is something else, or oneDNN is faster.
  init?(_ index: Int, of network: Network) {
    guard case .convolution(let convolution) = network.nodes[index].operation else { return nil }
    let kernel = convolution.kernel
    (side, input, output) = (kernel.height, network.inputShapes(of: index)[0], network.nodes[index].shape)
    before = Extent(convolution.padding.top, convolution.padding.left)
    (stride, isBackward) = (convolution.stride.height, false)
    let isStrided =
      (kernel == Extent(3) || kernel == Extent(4)) && convolution.stride == Extent(2) && before == Extent(1)
      && input[1] == 2 * output[1] && input[2] == 2 * output[2]
    guard isStrided || (kernel == Extent(3) || kernel == Extent(5)) && convolution.stride == Extent(1),
      convolution.dilation == Extent(1), convolution.groups == 1, convolution.hasUsualWindows,
      side == 4 ? isWorthwhileFor4 : isWorthwhile(input) && isWorthwhile(output)
    else { return nil }
  }

  private init(backwardOf forward: WinogradConvolution) {
    (side, input, output) = (forward.side, forward.output, forward.input)
    // The transforms of stride 2 begin at the first pixel, those of 4×4 kernels one before it.
    before =
      forward.stride == 2
      ? Extent(side - 3) : Extent(side - 1 - forward.before.height, side - 1 - forward.before.width)
    (stride, isBackward) = (forward.stride, true)
  }

  /// Whether the algorithm is worth its transforms. The channels must be whole blocks, and there must be many; 3×3
  /// kernels save fewer products and need more channels. The products of all tiles, (side + 3)² each, must be at most
  /// half of those of the plain sum, side² for each pixel: where most of a tile lies beyond the edge they are more.
  private func isWorthwhile(_ shape: Shape) -> Bool {
    let (channels, height, width) = (shape[0], shape[1], shape[2])
    let tiles = ((height + 3) / 4) * ((width + 3) / 4)
    return channels % Int(ADVLAB_LANES) == 0 && channels >= (side == 3 ? 64 : 32)
      && 2 * (side + 3) * (side + 3) * tiles <= side * side * height * width
  }

  /// The same for 4×4 kernels of stride 2, where 100 products of a tile of 4×4 pixels replace 256: at most four sevenths
  /// of those of the plain sum.
  private var isWorthwhileFor4: Bool {
    let tiles = ((output[1] + 3) / 4) * ((output[2] + 3) / 4)
    return input[0] % Int(ADVLAB_LANES) == 0 && output[0] % (2 * Int(ADVLAB_LANES)) == 0
      && 7 * 100 * tiles <= 4 * 16 * output[1] * output[2]
  }

  /// The input gradient of this convolution.
  var backward: WinogradConvolution { WinogradConvolution(backwardOf: self) }

  /// The layout of a batch of inputs.
  func inputLayout(_ batch: Int) throws -> TensorLayout { try TensorLayout([batch] + input.extents, tag: dnnl_aBcd16b) }

  /// The layout of a batch of outputs.
  func outputLayout(_ batch: Int) throws -> TensorLayout {
    try TensorLayout([batch] + output.extents, tag: dnnl_aBcd16b)
  }

  private var shape: advlab_winograd {
    let lanes = Int(ADVLAB_LANES)
    return advlab_winograd(
      kernel: side, stride: stride, is_backward: isBackward ? 1 : 0, input_blocks: input[0] / lanes,
      output_blocks: output[0] / lanes, height: input[1], width: input[2], top: before.height, left: before.width,
      output_height: output[1], output_width: output[2])
  }

  /// The number of floats of scratch.
  var scratchCount: Int { withUnsafePointer(to: shape) { advlab_winograd_scratch($0) } }

  /// The number of floats of scratch for the gradient of the weights.
  func gradientScratchCount(_ batch: Int) -> Int {
    withUnsafePointer(to: shape) { advlab_winograd_gradient_scratch($0, batch) }
  }

  /// The gradient of the weights `[O, I, K, K]`, from a batch of inputs and of the gradients at the outputs.
  func gradient(
    _ input: UnsafePointer<Float>, _ gradient: UnsafePointer<Float>, scratch: UnsafeMutablePointer<Float>,
    to weights: UnsafeMutablePointer<Float>, batch: Int
  ) {
    withUnsafePointer(to: shape) { advlab_winograd_gradient($0, input, gradient, scratch, weights, batch) }
  }

  /// The gradient of the biases: the sum of each channel of the gradients at the outputs.
  func biasGradient(_ gradient: UnsafePointer<Float>, to biases: UnsafeMutablePointer<Float>, batch: Int) {
    var planes = advlab_planes(count: batch, blocks: output[0] / Int(ADVLAB_LANES), area: output[1] * output[2])
    withUnsafeTemporaryAllocation(of: Double.self, capacity: output[0]) { sums in
      guard let base = sums.baseAddress else { return }
      advlab_channel_sums(&planes, gradient, base)
      for channel in sums.indices { biases[channel] = Float(sums[channel]) }
    }
  }

  /// Convolves a batch; the weights are those of the convolution, `[O, I, K, K]`, and count as multiplied by a factor for
  /// each of its outputs.
  func run(
    _ input: UnsafePointer<Float>, weights: UnsafePointer<Float>, factors: UnsafePointer<Double>?,
    epilogue: advlab_epilogue, scratch: UnsafeMutablePointer<Float>, to output: UnsafeMutablePointer<Float>, batch: Int
  ) {
    var epilogue = epilogue
    withUnsafePointer(to: shape) {
      advlab_winograd_convolve($0, &epilogue, input, weights, factors, scratch, output, batch)
    }
  }
}
