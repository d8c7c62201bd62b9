internal import COneDNN
internal import Networks

/// A convolution or a transposed one. The two are one operation to oneDNN but for the names of the functions and the order
/// of the weights.
struct ConvolutionKernel: WeightedKernel {
  let source: [Int]
  let destination: [Int]
  let weightExtents: [Int]
  let biasExtents: [Int]?
  private let window: WindowGeometry
  private let isTransposed: Bool
  private let usesWinograd: Bool

  /// Winograd's algorithm is taken where it is asked for and oneDNN has it for this convolution.
  init(_ convolution: Convolution, batch: Int, input: Shape, output: Shape, usesWinograd: Bool) {
    self.init(
      batch: batch, input: input, output: output, kernel: convolution.kernel, groups: convolution.groups,
      hasBias: convolution.hasBias, isTransposed: false,
      usesWinograd: usesWinograd,
      window: WindowGeometry(
        stride: convolution.stride, dilation: convolution.dilation, padding: convolution.padding))
  }

  init(_ convolution: TransposedConvolution, batch: Int, input: Shape, output: Shape) {
    self.init(
      batch: batch, input: input, output: output, kernel: convolution.kernel, groups: convolution.groups,
      hasBias: convolution.hasBias, isTransposed: true, usesWinograd: false,
      window: WindowGeometry(
        stride: convolution.stride, dilation: convolution.dilation, padding: convolution.padding,
        outputPadding: convolution.outputPadding))
  }

  private init(
    batch: Int, input: Shape, output: Shape, kernel: Extent, groups: Int, hasBias: Bool, isTransposed: Bool,
    usesWinograd: Bool, window: WindowGeometry
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
    self.usesWinograd = usesWinograd
  }

  /// The weights of a transposed convolution are `[I, O/groups, KH, KW]`; oneDNN counts O first.
  var plainWeights: Layout {
    get throws {
      guard isTransposed else { return try Layout(plain: weightExtents) }
      return try Layout(weightExtents, tag: weightExtents.count == 4 ? dnnl_iohw : dnnl_giohw)
    }
  }

  private var algorithm: dnnl_alg_kind_t { isTransposed ? dnnl_deconvolution_direct : dnnl_convolution_direct }

  /// The implementation of a described convolution: Winograd's, where that is wanted and there is one, or the direct.
  private func choose(
    _ descriptor: dnnl_convolution_desc_t, activation: Activation? = nil, hint: PrimitiveDescriptor? = nil,
    engine: Engine
  ) throws -> PrimitiveDescriptor {
    if usesWinograd {
      var winograd = descriptor
      winograd.alg_kind = dnnl_convolution_winograd
      if let found = try? PrimitiveDescriptor(winograd, activation: activation, hint: hint, engine: engine) {
        return found
      }
    }
    return try PrimitiveDescriptor(descriptor, activation: activation, hint: hint, engine: engine)
  }

  func forward(
    source: Layout, weights: Layout, bias: Layout?, destination: Layout, activation: Activation?, engine: Engine
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
    return try choose(descriptor, activation: activation, engine: engine)
  }

  func backwardData(
    source: Layout, weights: Layout, destination: Layout, hint: PrimitiveDescriptor, engine: Engine
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
    return try choose(descriptor, hint: hint, engine: engine)
  }

  func backwardWeights(
    source: Layout, weights: Layout, bias: Layout?, destination: Layout, hint: PrimitiveDescriptor, engine: Engine
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
    return try choose(descriptor, hint: hint, engine: engine)
  }
}

extension ConvolutionKernel {
  /// Whether a node is a convolution that Winograd's algorithm makes faster: 3×3 of stride 1 with many channels, over planes
  /// of 8×8 and more. Its weights are four times as large, and with one tile of 4×4 per image their reading costs more than
  /// the multiplications saved.
  static func winogradPays(_ index: Int, of network: Network) -> Bool {
    let node = network.nodes[index]
    guard case .convolution(let payload) = node.operation else { return false }
    let channels = min(network.inputShapes(of: index)[0][0], node.shape[0])
    return payload.kernel == Extent(3) && payload.stride == Extent(1) && payload.dilation == Extent(1)
      && payload.groups == 1 && channels >= 64 && node.shape[1] * node.shape[2] >= 64
  }
}
