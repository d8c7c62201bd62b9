internal import CKernels
internal import COneDNN
internal import Networks

/// ReLUs and sums. Of a ReLU the backward pass needs a bit for each scalar, its sign, so that the memory of its output is
/// free once the nodes that read it have run.
extension PlanBuilder {
  /// A buffer for the signs of a ReLU's output, which the caller emits; `nil` where no backward pass reads them, or the
  /// scalars are not in single precision.
  func newSigns(of rectifier: Int, _ layout: TensorLayout) -> Buffer? {
    guard purpose != .inference, !activationsBeforePooling.contains(rectifier), layout.type == dnnl_f32 else {
      return nil
    }
    let buffer = newBuffer(of: UInt16.self, count: blockCount(layout))
    signs[rectifier] = buffer
    return buffer
  }

  /// Emits the signs of a ReLU's output, unless its kernel has.
  func emitSigns(of rectifier: Int, output: Value) {
    guard signs[rectifier] == nil, let signs = newSigns(of: rectifier, output.layout) else { return }
    let blocks = blockCount(output.layout)
    emit(touching: [output.buffer, signs], named: "signs") { memory in
      advlab_signs(memory.floats(output.buffer), memory.bytes(signs), blocks)
    }
  }

  /// The gradient before a ReLU.
  func emitGate(_ gradient: Value, signs: Buffer, layout: TensorLayout) throws -> Value {
    let (seed, result, blocks) = (try conform(gradient, to: layout), newValue(layout), blockCount(layout))
    emit(touching: [seed.buffer, signs, result.buffer], named: "ReLU") { memory in
      advlab_gate(memory.floats(seed.buffer), memory.bytes(signs), memory.floats(result.buffer), blocks)
    }
    return result
  }

  /// The sum of two values of one layout, with the ReLU after it.
  func emitSum(_ a: Value, _ b: Value, rectifier: Int? = nil) throws -> Value {
    guard a.layout.type == dnnl_f32 else { return try emitRoundedSum(a, b, rectifies: rectifier != nil) }
    let (output, blocks) = (newValue(a.layout), blockCount(a.layout))
    let signs = rectifier.flatMap { newSigns(of: $0, output.layout) }
    emit(touching: [a.buffer, b.buffer, output.buffer] + [signs].compactMap(\.self), named: "sum") { memory in
      advlab_add(
        memory.floats(a.buffer), memory.floats(b.buffer), rectifier == nil ? 0 : 1, signs.map { memory.bytes($0) },
        memory.floats(output.buffer), blocks)
    }
    return output
  }

  /// The same in less than single precision.
  private func emitRoundedSum(_ a: Value, _ b: Value, rectifies: Bool) throws -> Value {
    let output = newValue(a.layout)
    var descriptor = dnnl_binary_desc_t()
    try withUnsafePointer(to: a.layout.descriptor) { layout in
      try check("dnnl_binary_desc_init", dnnl_binary_desc_init(&descriptor, dnnl_binary_add, layout, layout, layout))
    }
    try emit(
      PrimitiveDescriptor(descriptor, engine: engine),
      [(DNNL_ARG_SRC_0, .value(a)), (DNNL_ARG_SRC_1, .value(b)), (DNNL_ARG_DST, .value(output))])
    guard rectifies, let rectifier = Eltwise(.relu) else { return output }
    let rectified = newValue(a.layout)
    try emit(
      rectifier.forward(a.layout, engine: engine),
      [(DNNL_ARG_SRC, .value(output)), (DNNL_ARG_DST, .value(rectified))])
    return rectified
  }

  /// Blocks of 16 scalars of a layout; a buffer is whole blocks.
  private func blockCount(_ layout: TensorLayout) -> Int {
    let block = Int(ADVLAB_LANES) * MemoryLayout<Float>.stride
    return (layout.byteCount + block - 1) / block
  }
}
