internal import COneDNN
internal import Networks

/// A convolution or a transposed one. In oneDNN the two differ in the names of the functions and the order of the
/// weights alone.
struct ConvolutionKernel: WeightedKernel {
  let source: [Int]
  let destination: [Int]
  let weightExtents: [Int]
  let biasExtents: [Int]?
  private let window: WindowGeometry
  private let isTransposed: Bool

  init(_ convolution: Convolution, batch: Int, input: Shape, output: Shape) {
    self.init(
      batch: batch, input: input, output: output, kernel: convolution.kernel, groups: convolution.groups,
      hasBias: convolution.hasBias, isTransposed: false,
      window: WindowGeometry(
        stride: convolution.stride, dilation: convolution.dilation, padding: convolution.padding))
  }

  init(_ convolution: TransposedConvolution, batch: Int, input: Shape, output: Shape) {
    self.init(
      batch: batch, input: input, output: output, kernel: convolution.kernel, groups: convolution.groups,
      hasBias: convolution.hasBias, isTransposed: true,
      window: WindowGeometry(
        stride: convolution.stride, dilation: convolution.dilation, padding: convolution.padding,
        outputPadding: convolution.outputPadding))
  }

  private init(
    batch: Int, input: Shape, output: Shape, kernel: Extent, groups: Int, hasBias: Bool, isTransposed: Bool,
    window: WindowGeometry
  ) {
    source = [batch] + input.extents
    destination = [batch] + output.extents
    let filter = [kernel.height, kernel.width]
    weightExtents =
      groups == 1
      ? [output[0], input[0]] + filter : [groups, output[0] / groups, input[0] / groups] + filter
    biasExtents = hasBias ? [output[0]] : nil
    self.window = window
    self.isTransposed = isTransposed
  }

  /// The weights of a transposed convolution are `[I, O/groups, KH, KW]`; oneDNN counts O first.
  var plainWeights: TensorLayout {
    get throws {
      guard isTransposed else { return try TensorLayout(plain: weightExtents) }
      return try TensorLayout(weightExtents, tag: weightExtents.count == 4 ? dnnl_iohw : dnnl_giohw)
    }
  }

  private var algorithm: dnnl_alg_kind_t { isTransposed ? dnnl_deconvolution_direct : dnnl_convolution_direct }

  func forward(
    source: TensorLayout, weights: TensorLayout, bias: TensorLayout?, destination: TensorLayout,
    activation: Activation?, engine: Processor
  ) throws -> PrimitiveDescriptor {
    var descriptor = dnnl_convolution_desc_t()
    try withDescriptors(source, weights, destination, optional: bias) { source, weights, destination, bias in
      let describe =
        isTransposed ? dnnl_dilated_deconvolution_forward_desc_init : dnnl_dilated_convolution_forward_desc_init
      try check(
        "dnnl_dilated_convolution_forward_desc_init",
        describe(
          &descriptor, dnnl_forward_training, algorithm, source, weights, bias, destination,
          window.strides, window.dilates, window.before, window.after))
    }
    return try PrimitiveDescriptor(descriptor, activation: activation, engine: engine)
  }

  func backwardData(
    source: TensorLayout, weights: TensorLayout, destination: TensorLayout, hint: PrimitiveDescriptor, engine: Processor
  ) throws -> PrimitiveDescriptor {
    var descriptor = dnnl_convolution_desc_t()
    try withDescriptors(source, weights, destination, optional: nil) { source, weights, destination, _ in
      let describe =
        isTransposed
        ? dnnl_dilated_deconvolution_backward_data_desc_init : dnnl_dilated_convolution_backward_data_desc_init
      try check(
        "dnnl_dilated_convolution_backward_data_desc_init",
        describe(
          &descriptor, algorithm, source, weights, destination, window.strides, window.dilates,
          window.before, window.after))
    }
    return try PrimitiveDescriptor(descriptor, hint: hint, engine: engine)
  }

  func backwardWeights(
    source: TensorLayout, weights: TensorLayout, bias: TensorLayout?, destination: TensorLayout,
    hint: PrimitiveDescriptor, engine: Processor
  ) throws -> PrimitiveDescriptor {
    var descriptor = dnnl_convolution_desc_t()
    try withDescriptors(source, weights, destination, optional: bias) { source, weights, destination, bias in
      let describe =
        isTransposed
        ? dnnl_dilated_deconvolution_backward_weights_desc_init : dnnl_dilated_convolution_backward_weights_desc_init
      try check(
        "dnnl_dilated_convolution_backward_weights_desc_init",
        describe(
          &descriptor, algorithm, source, weights, bias, destination, window.strides, window.dilates,
          window.before, window.after))
    }
    return try PrimitiveDescriptor(descriptor, hint: hint, engine: engine)
  }
}
