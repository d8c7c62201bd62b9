internal import CKernels
internal import COneDNN
internal import Networks

/// The input gradient of a convolution that reads few channels: of the first layer. oneDNN pads channels to 16 and would
/// spend a quarter of the Madry network's time on it; the kernel here sums over the output's channels instead, 16 at a
/// time as they lie in the blocked layout.
struct FewChannelGradient {
  private let shape: advlab_convolution
  let output: Shape

  /// `nil` where oneDNN's own kernel is the better one.
  init?(_ convolution: Convolution, input: Shape, output: Shape) {
    let (kernel, stride, dilation) = (convolution.kernel, convolution.stride, convolution.dilation)
    guard convolution.groups == 1, input[0] <= 4, convolution.hasUsualWindows else { return nil }
    shape = advlab_convolution(
      rows: advlab_axis(
        input: input[1], output: output[1], kernel: kernel.height, stride: stride.height, dilation: dilation.height,
        padding: convolution.padding.top),
      columns: advlab_axis(
        input: input[2], output: output[2], kernel: kernel.width, stride: stride.width, dilation: dilation.width,
        padding: convolution.padding.left),
      inputs: input[0], blocks: (output[0] + Int(ADVLAB_LANES) - 1) / Int(ADVLAB_LANES))
    self.output = output
  }

  /// The number of floats of scratch.
  var scratchCount: Int { withUnsafePointer(to: shape) { advlab_few_channel_scratch($0) } }

  /// From the gradient at the output, channels blocked, to that at the input, row-major.
  func run(
    _ gradient: UnsafePointer<Float>, weights: UnsafePointer<Float>, scratch: UnsafeMutablePointer<Float>,
    to: UnsafeMutablePointer<Float>, batch: Int
  ) {
    withUnsafePointer(to: shape) { advlab_few_channel_gradient($0, gradient, weights, scratch, to, batch) }
  }
}

extension Convolution {
  /// Whether kernel, dilation and padding are of usual sizes. AdvLab's own kernels copy their input with zeros around
  /// it, and a file may ask for padding of any size.
  var hasUsualWindows: Bool {
    max(kernel.height, kernel.width) <= ADVLAB_MAXIMUM_KERNEL && max(dilation.height, dilation.width) <= 64
      && [padding.top, padding.bottom, padding.left, padding.right].allSatisfy { (0...64).contains($0) }
  }
}

extension PlanBuilder {
  /// `nil` where the node is no convolution of few channels.
  func fewChannelGradient(_ index: Int) -> FewChannelGradient? {
    guard case .convolution(let payload) = network.nodes[index].operation else { return nil }
    return FewChannelGradient(payload, input: inputShape(index), output: network.nodes[index].shape)
  }

  /// The input gradient of a convolution of few channels.
  func emitInputGradient(
    _ index: Int, _ kernel: FewChannelGradient, plainWeights: TensorLayout, gradient: Value
  ) throws {
    let blocked = try TensorLayout(plainWeights.extents, tag: dnnl_Acdb16a)
    let weights = try store.weight(ParameterKey(network.nodes[index].name, .weight), plain: plainWeights, as: blocked)
    let seed = try conform(gradient, to: TensorLayout([batch] + kernel.output.extents, tag: dnnl_aBcd16b))
    let result = try plainValue(inputShape(index))
    let scratch = newBuffer(of: Float.self, count: kernel.scratchCount)
    let batch = batch
    emit(touching: [seed.buffer, scratch, result.buffer], named: "convolution, few channels") { memory in
      kernel.run(
        memory.floats(seed.buffer), weights: weights.floats, scratch: memory.floats(scratch),
        to: memory.floats(result.buffer), batch: batch)
    }
    contribute(result, to: index)
  }
}
