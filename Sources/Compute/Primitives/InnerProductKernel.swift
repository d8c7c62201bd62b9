internal import COneDNN
internal import Networks

/// A dense layer. Its source is a matrix even where an image was flattened: for images oneDNN has only a plain matrix
/// product that packs the weights at every call; for matrices it has one whose weights are packed once, which is twice
/// as fast.
struct InnerProductKernel: WeightedKernel {
  let source: [Int]
  let destination: [Int]
  let biasExtents: [Int]?

  init(_ dense: Dense, batch: Int, inputs: Int) {
    source = [batch, inputs]
    destination = [batch, dense.outputs]
    biasExtents = dense.hasBias ? [dense.outputs] : nil
  }

  var plainWeights: TensorLayout {
    get throws { try TensorLayout(plain: [destination[1], source[1]]) }
  }

  func forward(
    source: TensorLayout, weights: TensorLayout, bias: TensorLayout?, destination: TensorLayout,
    activation: Activation?, engine: Processor
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

  /// For the input gradient float32 weights are read without packing, and the plain product is faster.
  func backwardData(
    source: TensorLayout, weights: TensorLayout, destination: TensorLayout, hint: PrimitiveDescriptor, engine: Processor
  ) throws -> PrimitiveDescriptor {
    var descriptor = dnnl_inner_product_desc_t()
    let weights = weights.type == dnnl_f32 ? try plainWeights : weights
    try withDescriptors(source, weights, destination, optional: nil) { source, weights, destination, _ in
      try check(
        "dnnl_inner_product_backward_data_desc_init",
        dnnl_inner_product_backward_data_desc_init(&descriptor, source, weights, destination))
    }
    return try PrimitiveDescriptor(descriptor, hint: hint, engine: engine)
  }

  func backwardWeights(
    source: TensorLayout, weights: TensorLayout, bias: TensorLayout?, destination: TensorLayout,
    hint: PrimitiveDescriptor, engine: Processor
  ) throws -> PrimitiveDescriptor {
    var descriptor = dnnl_inner_product_desc_t()
    let weights = try plainWeights
    try withDescriptors(source, weights, destination, optional: bias) { source, weights, destination, bias in
      try check(
        "dnnl_inner_product_backward_weights_desc_init",
        dnnl_inner_product_backward_weights_desc_init(&descriptor, source, weights, bias, destination))
    }
    return try PrimitiveDescriptor(descriptor, hint: hint, engine: engine)
  }
}
