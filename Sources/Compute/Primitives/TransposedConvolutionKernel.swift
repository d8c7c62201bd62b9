internal import COneDNN
internal import Networks

/// A transposed convolution: oneDNN's deconvolution. Our weights are `[I, O/groups, KH, KW]`; oneDNN counts O first.
struct TransposedConvolutionKernel: WeightedKernel {
  let source: [Int]
  let destination: [Int]
  let weightExtents: [Int]
  let biasExtents: [Int]?
  private let window: WindowGeometry

  init(_ convolution: TransposedConvolution, batch: Int, input: Shape, output: Shape) {
    source = [batch] + input.extents
    destination = [batch] + output.extents
    let filter = [convolution.kernel.height, convolution.kernel.width]
    let groups = convolution.groups
    weightExtents =
      groups == 1
      ? [output[0], input[0]] + filter : [groups, output[0] / groups, input[0] / groups] + filter
    biasExtents = convolution.hasBias ? [output[0]] : nil
    window = WindowGeometry(
      stride: convolution.stride, dilation: convolution.dilation, padding: convolution.padding,
      outputPadding: convolution.outputPadding)
  }

  var plainWeights: Layout {
    get throws { try Layout(weightExtents, tag: weightExtents.count == 4 ? dnnl_iohw : dnnl_giohw) }
  }

  func forward(
    source: Layout, weights: Layout, bias: Layout?, destination: Layout, activation: Activation?, engine: Engine
  ) throws -> PrimitiveDescriptor {
    var descriptor = dnnl_deconvolution_desc_t()
    try withDescriptors(source, weights, destination, optional: bias) { source, weights, destination, bias in
      try check(
        "dnnl_dilated_deconvolution_forward_desc_init",
        dnnl_dilated_deconvolution_forward_desc_init(
          &descriptor, dnnl_forward_training, dnnl_deconvolution_direct, source, weights, bias, destination,
          window.strides, window.dilates, window.before, window.after))
    }
    return try PrimitiveDescriptor(descriptor, activation: activation, engine: engine)
  }

  func backwardData(
    source: Layout, weights: Layout, destination: Layout, hint: PrimitiveDescriptor, engine: Engine
  ) throws -> PrimitiveDescriptor {
    var descriptor = dnnl_deconvolution_desc_t()
    try withDescriptors(source, weights, destination, optional: nil) { source, weights, destination, _ in
      try check(
        "dnnl_dilated_deconvolution_backward_data_desc_init",
        dnnl_dilated_deconvolution_backward_data_desc_init(
          &descriptor, dnnl_deconvolution_direct, source, weights, destination, window.strides, window.dilates,
          window.before, window.after))
    }
    return try PrimitiveDescriptor(descriptor, hint: hint, engine: engine)
  }

  func backwardWeights(
    source: Layout, weights: Layout, bias: Layout?, destination: Layout, hint: PrimitiveDescriptor, engine: Engine
  ) throws -> PrimitiveDescriptor {
    var descriptor = dnnl_deconvolution_desc_t()
    try withDescriptors(source, weights, destination, optional: bias) { source, weights, destination, bias in
      try check(
        "dnnl_dilated_deconvolution_backward_weights_desc_init",
        dnnl_dilated_deconvolution_backward_weights_desc_init(
          &descriptor, dnnl_deconvolution_direct, source, weights, bias, destination, window.strides, window.dilates,
          window.before, window.after))
    }
    return try PrimitiveDescriptor(descriptor, hint: hint, engine: engine)
  }
}
