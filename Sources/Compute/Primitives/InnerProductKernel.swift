internal import COneDNN
internal import Networks

/// A dense layer, with the flattening of an image before it taken along: the weights are reordered once, so that
/// the activations need not be.
struct InnerProductKernel: WeightedKernel {
  let source: [Int]
  let destination: [Int]
  let biasExtents: [Int]?
  private let order: AxisOrder

  /// `input` is the shape before flattening, `order` how the flattening enumerated an image.
  init(_ dense: Dense, batch: Int, input: Shape, order: AxisOrder) {
    source = [batch] + input.extents
    destination = [batch, dense.outputs]
    biasExtents = dense.hasBias ? [dense.outputs] : nil
    self.order = order
  }

  var plainWeights: Layout {
    get throws {
      let extents = [destination[1]] + source.dropFirst()
      switch order {
      case .channelsFirst: return try Layout(plain: extents)
      case .channelsLast: return try Layout(extents, tag: extents.count == 4 ? dnnl_acdb : dnnl_ab)
      }
    }
  }

  func forward(
    source: Layout, weights: Layout, bias: Layout?, destination: Layout, activation: Activation?, engine: Engine
  ) throws -> PrimitiveDescriptor {
    var descriptor = dnnl_inner_product_desc_t()
    try withDescriptors(source, weights, destination, optional: bias) { source, weights, destination, bias in
      try check(
        "dnnl_inner_product_forward_desc_init",
        dnnl_inner_product_forward_desc_init(
          &descriptor, dnnl_forward_training, source, weights, bias, destination))
    }
    return try PrimitiveDescriptor(descriptor, activation: activation, engine: engine)
  }

  func backwardData(
    source: Layout, weights: Layout, destination: Layout, hint: PrimitiveDescriptor, engine: Engine
  ) throws -> PrimitiveDescriptor {
    var descriptor = dnnl_inner_product_desc_t()
    try withDescriptors(source, weights, destination, optional: nil) { source, weights, destination, _ in
      try check(
        "dnnl_inner_product_backward_data_desc_init",
        dnnl_inner_product_backward_data_desc_init(&descriptor, source, weights, destination))
    }
    return try PrimitiveDescriptor(descriptor, hint: hint, engine: engine)
  }

  func backwardWeights(
    source: Layout, weights: Layout, bias: Layout?, destination: Layout, hint: PrimitiveDescriptor, engine: Engine
  ) throws -> PrimitiveDescriptor {
    var descriptor = dnnl_inner_product_desc_t()
    try withDescriptors(source, weights, destination, optional: bias) { source, weights, destination, bias in
      try check(
        "dnnl_inner_product_backward_weights_desc_init",
        dnnl_inner_product_backward_weights_desc_init(&descriptor, source, weights, bias, destination))
    }
    return try PrimitiveDescriptor(descriptor, hint: hint, engine: engine)
  }
}
