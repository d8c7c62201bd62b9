internal import COneDNN
internal import Networks

/// An operation of oneDNN with weights: its three directions, and how it sees our row-major weight tensor.
///
/// Extents are those of the whole batch. Layouts are left to the implementation (`any`), so that blocked layouts pass
/// from node to node without reorders.
protocol WeightedKernel {
  var source: [Int] { get }
  var destination: [Int] { get }
  /// The weight tensor as `Operation` documents it, in oneDNN's logical extents.
  var plainWeights: TensorLayout { get throws }
  var biasExtents: [Int]? { get }

  func forward(
    source: TensorLayout, weights: TensorLayout, bias: TensorLayout?, destination: TensorLayout,
    activation: Activation?, engine: Processor
  ) throws -> PrimitiveDescriptor
  func backwardData(
    source: TensorLayout, weights: TensorLayout, destination: TensorLayout, hint: PrimitiveDescriptor, engine: Processor
  ) throws -> PrimitiveDescriptor
  func backwardWeights(
    source: TensorLayout, weights: TensorLayout, bias: TensorLayout?, destination: TensorLayout,
    hint: PrimitiveDescriptor, engine: Processor
  ) throws -> PrimitiveDescriptor
}

extension WeightedKernel {
  /// The forward pass in the layouts that suit it best.
  func forward(
    _ type: dnnl_data_type_t = dnnl_f32, to outputType: dnnl_data_type_t = dnnl_f32, activation: Activation? = nil,
    engine: Processor
  ) throws -> PrimitiveDescriptor {
    try forward(
      source: .any(source, type), weights: .any(plainWeights.extents, type),
      bias: biasExtents.map(TensorLayout.init(plain:)),
      destination: .any(destination, outputType), activation: activation, engine: engine)
  }
}

/// Calls `body` with pointers to C layouts; the bias may be missing.
func withDescriptors<R>(
  _ a: TensorLayout, _ b: TensorLayout, _ c: TensorLayout, optional d: TensorLayout?,
  _ body: (
    UnsafePointer<dnnl_memory_desc_t>, UnsafePointer<dnnl_memory_desc_t>, UnsafePointer<dnnl_memory_desc_t>,
    UnsafePointer<dnnl_memory_desc_t>?
  ) throws -> R
) rethrows -> R {
  try withUnsafePointer(to: a.descriptor) { a in
    try withUnsafePointer(to: b.descriptor) { b in
      try withUnsafePointer(to: c.descriptor) { c in
        guard let d else { return try body(a, b, c, nil) }
        return try withUnsafePointer(to: d.descriptor) { try body(a, b, c, $0) }
      }
    }
  }
}

/// Windows in oneDNN's terms: two numbers each.
struct WindowGeometry {
  let strides: [dnnl_dim_t]
  /// 0 is an ordinary convolution.
  let dilates: [dnnl_dim_t]
  let before: [dnnl_dim_t]
  let after: [dnnl_dim_t]

  /// A transposed convolution adds `outputPadding` at bottom and right.
  init(stride: Extent, dilation: Extent, padding: Edges, outputPadding: Extent = Extent(0)) {
    strides = [dnnl_dim_t(stride.height), dnnl_dim_t(stride.width)]
    dilates = [dnnl_dim_t(dilation.height - 1), dnnl_dim_t(dilation.width - 1)]
    before = [dnnl_dim_t(padding.top), dnnl_dim_t(padding.left)]
    after = [
      dnnl_dim_t(padding.bottom - outputPadding.height), dnnl_dim_t(padding.right - outputPadding.width),
    ]
  }
}
