internal import CKernels
internal import COneDNN
internal import Networks

/// A convolution of 5×5 and stride 1 over many channels, or its input gradient, by Winograd's algorithm; see `winograd.c`.
/// oneDNN has the algorithm for 3×3 only.
struct WinogradConvolution: Equatable {
  private let input: Shape
  private let output: Shape
  /// Rows and columns of zeros before the input.
  private let before: Extent
  /// Whether the input is the gradient at a convolution's output, and the output that at its input.
  private let isBackward: Bool

  /// `nil` where a node is something else, or the algorithm doesn't pay.
  init?(_ index: Int, of network: Network) {
    guard case .convolution(let convolution) = network.nodes[index].operation else { return nil }
    (input, output) = (network.inputShapes(of: index)[0], network.nodes[index].shape)
    guard convolution.kernel == Extent(5), convolution.stride == Extent(1), convolution.dilation == Extent(1),
      convolution.groups == 1, convolution.hasModestWindows, Self.pays(input), Self.pays(output)
    else { return nil }
    before = Extent(convolution.padding.top, convolution.padding.left)
    isBackward = false
  }

  private init(backwardOf forward: WinogradConvolution) {
    (input, output) = (forward.output, forward.input)
    before = Extent(4 - forward.before.height, 4 - forward.before.width)
    isBackward = true
  }

  /// Whole blocks of channels, enough of them to be worth the transforms; and no plane that is mostly beyond the edge of
  /// its tiles of 4×4, which take 64 products where the sum itself takes 25 for each pixel.
  private static func pays(_ shape: Shape) -> Bool {
    let (channels, height, width) = (shape[0], shape[1], shape[2])
    let tiles = ((height + 3) / 4) * ((width + 3) / 4)
    return channels % Int(ADVLAB_LANES) == 0 && channels >= 32 && 2 * 64 * tiles <= 25 * height * width
  }

  /// From the gradient at the output to that at the input.
  var backward: WinogradConvolution { WinogradConvolution(backwardOf: self) }

  /// How it reads a batch.
  func inputLayout(_ batch: Int) throws -> Layout { try Layout([batch] + input.extents, tag: dnnl_aBcd16b) }

  /// How it leaves a batch.
  func outputLayout(_ batch: Int) throws -> Layout { try Layout([batch] + output.extents, tag: dnnl_aBcd16b) }

  private var shape: advlab_winograd {
    let lanes = Int(ADVLAB_LANES)
    return advlab_winograd(
      input_blocks: input[0] / lanes, output_blocks: output[0] / lanes, height: input[1], width: input[2],
      top: before.height, left: before.width, output_height: output[1], output_width: output[2])
  }

  /// The number of floats of scratch.
  var scratchCount: Int { withUnsafePointer(to: shape) { advlab_winograd_scratch($0) } }

  /// The number of floats of the transformed weights.
  var weightCount: Int { withUnsafePointer(to: shape) { advlab_winograd_weights($0) } }

  /// Transforms the convolution's weights `[O, I, 5, 5]`.
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
