internal import COneDNN
internal import Networks

/// A convolution through oneDNN's direct algorithm (no Winograd: its rounding is larger).
struct ConvolutionKernel: WeightedKernel {
  let source: [Int]
  let destination: [Int]
  let weightExtents: [Int]
  let biasExtents: [Int]?
  private let window: WindowGeometry

  init(_ convolution: Convolution, batch: Int, input: Shape, output: Shape) {
    source = [batch] + input.extents
    destination = [batch] + output.extents
    let filter = [convolution.kernel.height, convolution.kernel.width]
    let groups = convolution.groups
    weightExtents =
      groups == 1
      ? [output[0], input[0]] + filter : [groups, output[0] / groups, input[0] / groups] + filter
    biasExtents = convolution.hasBias ? [output[0]] : nil
    window = WindowGeometry(
      stride: convolution.stride, dilation: convolution.dilation, padding: convolution.padding)
  }

  var plainWeights: Layout { get throws { try Layout(plain: weightExtents) } }

  func forward(
    source: Layout, weights: Layout, bias: Layout?, destination: Layout, activation: Activation?, engine: Engine
  ) throws -> PrimitiveDescriptor {
    var descriptor = dnnl_convolution_desc_t()
    try withDescriptors(source, weights, destination, optional: bias) { source, weights, destination, bias in
      try check(
        "dnnl_dilated_convolution_forward_desc_init",
        dnnl_dilated_convolution_forward_desc_init(
          &descriptor, dnnl_forward_training, dnnl_convolution_direct, source, weights, bias, destination,
          window.strides, window.dilates, window.before, window.after))
    }
    return try PrimitiveDescriptor(descriptor, activation: activation, engine: engine)
  }

  func backwardData(
    source: Layout, weights: Layout, destination: Layout, hint: PrimitiveDescriptor, engine: Engine
  ) throws -> PrimitiveDescriptor {
    var descriptor = dnnl_convolution_desc_t()
    try withDescriptors(source, weights, destination, optional: nil) { source, weights, destination, _ in
      try check(
        "dnnl_dilated_convolution_backward_data_desc_init",
        dnnl_dilated_convolution_backward_data_desc_init(
          &descriptor, dnnl_convolution_direct, source, weights, destination, window.strides, window.dilates,
          window.before, window.after))
    }
    return try PrimitiveDescriptor(descriptor, hint: hint, engine: engine)
  }

  func backwardWeights(
    source: Layout, weights: Layout, bias: Layout?, destination: Layout, hint: PrimitiveDescriptor, engine: Engine
  ) throws -> PrimitiveDescriptor {
    var descriptor = dnnl_convolution_desc_t()
    try withDescriptors(source, weights, destination, optional: bias) { source, weights, destination, bias in
      try check(
        "dnnl_dilated_convolution_backward_weights_desc_init",
        dnnl_dilated_convolution_backward_weights_desc_init(
          &descriptor, dnnl_convolution_direct, source, weights, bias, destination, window.strides, window.dilates,
          window.before, window.after))
    }
    return try PrimitiveDescriptor(descriptor, hint: hint, engine: engine)
  }
}
