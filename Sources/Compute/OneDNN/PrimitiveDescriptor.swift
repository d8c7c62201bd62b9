internal import COneDNN
internal import Networks

/// An implementation of one operation that oneDNN chose, with the layouts it needs.
final class PrimitiveDescriptor {
  private let handle: OneDNNObject<dnnl_primitive_desc_t>
  private let engine: Processor
  var pointer: dnnl_primitive_desc_t { handle.pointer }

  /// Chooses an implementation of one of oneDNN's operation descriptors; the activation is applied in the same pass,
  /// and the hint is, for a backward primitive, the forward one it belongs to.
  init<Descriptor>(
    _ operation: Descriptor, activation: Activation? = nil, hint: PrimitiveDescriptor? = nil, engine: Processor
  ) throws {
    let attributes = try Compute.attributes(activation: activation)
    handle = OneDNNObject(
      try withUnsafePointer(to: operation) { operation in
        try make("dnnl_primitive_desc_create") {
          dnnl_primitive_desc_create($0, operation, attributes.pointer, engine.pointer, hint?.pointer)
        }
      }, destroy: dnnl_primitive_desc_destroy)
    self.engine = engine
  }

  /// A copy from one layout to another of the same extents.
  init(reorderFrom source: TensorLayout, to destination: TensorLayout, engine: Processor) throws {
    var from = source.descriptor
    var to = destination.descriptor
    let attributes = try Compute.attributes(activation: nil)
    handle = OneDNNObject(
      try make("dnnl_reorder_primitive_desc_create") {
        dnnl_reorder_primitive_desc_create($0, &from, engine.pointer, &to, engine.pointer, attributes.pointer)
      }, destroy: dnnl_primitive_desc_destroy)
    self.engine = engine
  }

  /// The layout of one of its arguments.
  func layout(_ query: dnnl_query_t) throws -> TensorLayout {
    guard let descriptor = dnnl_primitive_desc_query_md(pointer, query, 0) else {
      throw OneDNNError(function: "dnnl_primitive_desc_query_md", status: "returned nothing")
    }
    return TensorLayout(descriptor.pointee)
  }

  /// The temporary memory that it needs while it runs; `nil` where none.
  var scratchpad: TensorLayout? { optionalLayout(dnnl_query_scratchpad_md) }

  /// What a forward pass keeps for the backward pass; `nil` where nothing.
  var workspace: TensorLayout? { optionalLayout(dnnl_query_workspace_md) }

  /// The operation and the implementation: `convolution jit:avx512_core`.
  var name: String {
    var kind = dnnl_undefined_primitive
    var implementation: UnsafePointer<CChar>?
    guard dnnl_primitive_desc_query(pointer, dnnl_query_primitive_kind, 0, &kind) == dnnl_success,
      dnnl_primitive_desc_query(pointer, dnnl_query_impl_info_str, 0, &implementation) == dnnl_success,
      let family = dnnl_prim_kind2str(kind), let implementation
    else { return "oneDNN" }
    return "\(String(cString: family)) \(String(cString: implementation))"
  }

  private func optionalLayout(_ query: dnnl_query_t) -> TensorLayout? {
    guard let descriptor = dnnl_primitive_desc_query_md(pointer, query, 0) else { return nil }
    let layout = TensorLayout(descriptor.pointee)
    return layout.byteCount > 0 ? layout : nil
  }
}

/// Scratch memory from the caller (so that plans of several threads share nothing), and the fused activation.
private func attributes(activation: Activation?) throws -> OneDNNObject<dnnl_primitive_attr_t> {
  let handle = OneDNNObject<dnnl_primitive_attr_t>(
    try make("dnnl_primitive_attr_create") { dnnl_primitive_attr_create($0) }, destroy: dnnl_primitive_attr_destroy)
  try check(
    "dnnl_primitive_attr_set_scratchpad_mode",
    dnnl_primitive_attr_set_scratchpad_mode(handle.pointer, dnnl_scratchpad_mode_user))
  if let activation, let eltwise = Eltwise(activation) {
    let postOps = OneDNNObject<dnnl_post_ops_t>(
      try make("dnnl_post_ops_create") { dnnl_post_ops_create($0) }, destroy: dnnl_post_ops_destroy)
    try check(
      "dnnl_post_ops_append_eltwise",
      dnnl_post_ops_append_eltwise(postOps.pointer, 1, eltwise.algorithm, eltwise.alpha, eltwise.beta))
    try check("dnnl_primitive_attr_set_post_ops", dnnl_primitive_attr_set_post_ops(handle.pointer, postOps.pointer))
  }
  return handle
}

/// A primitive that can be executed.
final class Primitive {
  private let handle: OneDNNObject<dnnl_primitive_t>

  init(_ descriptor: PrimitiveDescriptor) throws {
    handle = OneDNNObject(
      try make("dnnl_primitive_create") { dnnl_primitive_create($0, descriptor.pointer) },
      destroy: dnnl_primitive_destroy)
  }

  func execute(on stream: Stream, arguments: [dnnl_exec_arg_t]) throws(OneDNNError) {
    try check(
      "dnnl_primitive_execute",
      dnnl_primitive_execute(handle.pointer, stream.pointer, Int32(arguments.count), arguments))
  }
}
