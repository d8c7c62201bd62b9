internal import CKernels
internal import COneDNN
internal import Networks

/// The input gradient of a convolution that reads few channels: of the first layer. oneDNN pads channels to 16 and would
/// spend a quarter of the Madry network's time on it; the kernels here have 16 pixels in a vector instead.
struct FewChannelGradient {
  private let shape: advlab_convolution

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
      inputs: input[0], outputs: output[0])
  }

  /// The number of floats of scratch.
  var scratchCount: Int { withUnsafePointer(to: shape) { advlab_few_channel_scratch($0) } }

  /// From the gradient at the output, channels blocked, to that at the input, row-major.
  func run(
    _ gradient: advlab_blocked_gradient, weights: UnsafePointer<Float>, scratch: UnsafeMutablePointer<Float>,
    to: UnsafeMutablePointer<Float>, batch: Int
  ) {
    withUnsafePointer(to: shape) { shape in
      withUnsafePointer(to: gradient) { advlab_few_channel_gradient(shape, $0, weights, scratch, to, batch) }
    }
  }

  /// Blocks of 8 channels, in which oneDNN leaves a gradient without AVX-512, are read as they are.
  func blocked(_ layout: TensorLayout) throws -> (layout: TensorLayout, width: Int) {
    if try layout == TensorLayout(layout.extents, tag: dnnl_aBcd8b) { return (layout, 8) }
    return (try TensorLayout(layout.extents, tag: dnnl_aBcd16b), 16)
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
  ///
  /// - Parameters:
  ///   - index: The node.
  ///   - kernel: The kernel.
  ///   - gradient: The gradient at the output of the convolution, or of the ReLU that was computed with it.
  ///   - gates: In the latter case the signs of that output, and its layout, which is one that the kernel reads.
  /// - Throws: What oneDNN reports.
  func emitInputGradient(
    _ index: Int, _ kernel: FewChannelGradient, gradient: Value, gates: (signs: Buffer, layout: TensorLayout)? = nil
  ) throws {
    let specification = network.parameterSpecifications(of: index)[0]
    let weights = try store.flat(specification.key, count: specification.shape.count)
    let (layout, width) = try kernel.blocked(gates?.layout ?? gradient.layout)
    let (seed, signs) = (try conform(gradient, to: layout), gates?.signs)
    let result = try plainValue(inputShape(index))
    let scratch = newBuffer(of: Float.self, count: kernel.scratchCount)
    let touched = [seed.buffer, scratch, result.buffer] + [signs].compactMap(\.self)
    emit(touching: touched, named: "convolution, few channels") { memory in
      kernel.run(
        advlab_blocked_gradient(
          values: memory.floats(seed.buffer), gates: signs.map { UnsafePointer(memory.bytes($0)) }, width: width),
        weights: weights.floats, scratch: memory.floats(scratch), to: memory.floats(result.buffer), batch: memory.count)
    }
    contribute(result, to: index)
  }

  /// Records the output of a convolution of few channels that was computed with the ReLU after it; the input gradient
  /// takes the ReLU's derivative in its own pass, unless the node that reads it has.
  func finish(
    _ index: Int, rectifier: Int, _ kernel: FewChannelGradient, output: Value
  ) {
    values[rectifier] = output
    emitSigns(of: rectifier, output: output)
    pullbacks[rectifier] = { builder, gradient in
      builder.attribute(to: index, isBackward: true)
      guard builder.needsInputGradient(index) else { return }
      if builder.hasDerivative(rectifier) { return try builder.emitInputGradient(index, kernel, gradient: gradient) }
      guard let signs = builder.signs[rectifier], try kernel.blocked(output.layout).layout == output.layout else {
        let seed = try builder.emitDerivative(of: rectifier, output: output, gradient: gradient)
        return try builder.emitInputGradient(index, kernel, gradient: seed)
      }
      try builder.emitInputGradient(index, kernel, gradient: gradient, gates: (signs, output.layout))
    }
  }
}
