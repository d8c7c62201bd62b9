internal import COneDNN
internal import Networks

/// Pooling through oneDNN, forward and backward; max-pooling keeps the positions of the maxima in a workspace.
struct PoolingKernel {
  let source: [Int]
  let destination: [Int]
  private let algorithm: dnnl_alg_kind_t
  private let kernel: [dnnl_dim_t]
  private let window: WindowGeometry

  /// `nil` where oneDNN has no such pooling: a mean that counts padding, rounded up, whose last divisor is clipped.
  init?(_ pooling: Pooling, batch: Int, input: Shape, output: Shape) {
    switch pooling.kind {
    case .max: algorithm = dnnl_pooling_max
    case .average(countsPadding: false): algorithm = dnnl_pooling_avg_exclude_padding
    case .average(countsPadding: true):
      guard !pooling.roundsUp else { return nil }
      algorithm = dnnl_pooling_avg_include_padding
    }
    source = [batch] + input.extents
    destination = [batch] + output.extents
    kernel = [dnnl_dim_t(pooling.kernel.height), dnnl_dim_t(pooling.kernel.width)]
    // The padding that makes oneDNN's own formula give our output: less where the floor skips rows, more where a
    // last window is partial.
    let padding = Edges(
      top: pooling.padding.top,
      bottom: (output[1] - 1) * pooling.stride.height + pooling.kernel.height - input[1] - pooling.padding.top,
      left: pooling.padding.left,
      right: (output[2] - 1) * pooling.stride.width + pooling.kernel.width - input[2] - pooling.padding.left)
    window = WindowGeometry(stride: pooling.stride, dilation: Extent(1), padding: padding)
  }

  /// One window over the whole image.
  init?(_ pooling: GlobalPooling, batch: Int, input: Shape) {
    self.init(
      Pooling(
        pooling.kind == .max ? .max : .average(countsPadding: false), kernel: Extent(input[1], input[2])),
      batch: batch, input: input, output: [input[0], 1, 1])
  }

  /// The positions of the maxima are kept where a backward pass follows.
  func forward(source: TensorLayout, keepsMaxima: Bool, engine: Processor) throws -> PrimitiveDescriptor {
    var descriptor = dnnl_pooling_desc_t()
    let destination = try TensorLayout.any(destination, source.type)
    try withDescriptors(source, destination, source, optional: nil) { source, destination, _, _ in
      try check(
        "dnnl_pooling_forward_desc_init",
        dnnl_pooling_forward_desc_init(
          &descriptor, keepsMaxima ? dnnl_forward_training : dnnl_forward_inference, algorithm, source, destination,
          window.strides, kernel,
          window.before, window.after))
    }
    return try PrimitiveDescriptor(descriptor, engine: engine)
  }

  func backward(
    source: TensorLayout, destination: TensorLayout, hint: PrimitiveDescriptor, engine: Processor
  ) throws -> PrimitiveDescriptor {
    var descriptor = dnnl_pooling_desc_t()
    try withDescriptors(source, destination, source, optional: nil) { source, destination, _, _ in
      try check(
        "dnnl_pooling_backward_desc_init",
        dnnl_pooling_backward_desc_init(
          &descriptor, algorithm, source, destination, window.strides, kernel, window.before, window.after))
    }
    return try PrimitiveDescriptor(descriptor, hint: hint, engine: engine)
  }
}
