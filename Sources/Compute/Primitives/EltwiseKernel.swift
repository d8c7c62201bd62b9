internal import COneDNN
internal import Networks

/// Activations through oneDNN, in any layout.
extension Eltwise {
  func forward(_ layout: TensorLayout, engine: Processor) throws -> PrimitiveDescriptor {
    var descriptor = dnnl_eltwise_desc_t()
    try withUnsafePointer(to: layout.descriptor) { data in
      try check(
        "dnnl_eltwise_forward_desc_init",
        dnnl_eltwise_forward_desc_init(&descriptor, dnnl_forward_training, algorithm, data, alpha, beta))
    }
    return try PrimitiveDescriptor(descriptor, engine: engine)
  }

  /// The derivative may be taken from the output rather than the input.
  func backward(
    _ layout: TensorLayout, usesOutput: Bool, hint: PrimitiveDescriptor, engine: Processor
  ) throws -> PrimitiveDescriptor {
    var descriptor = dnnl_eltwise_desc_t()
    try withUnsafePointer(to: layout.descriptor) { data in
      try check(
        "dnnl_eltwise_backward_desc_init",
        dnnl_eltwise_backward_desc_init(
          &descriptor, usesOutput ? fromOutput ?? algorithm : algorithm, data, data, alpha, beta))
    }
    return try PrimitiveDescriptor(descriptor, hint: hint, engine: engine)
  }
}
