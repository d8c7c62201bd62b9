import Networks

/// Convolutions, dense layers and poolings.
extension KerasBuilder {
  mutating func convolution(_ input: KerasTensor, _ nested: NestedLayer) throws -> KerasTensor {
    let layer = nested.layer
    let image = try image(input, nested)
    let kernel = try layer.extent("kernel_size")
    let groups = try layer.integer("groups", default: 1)
    let filters = try layer.integer("filters")
    let output = try append(
      .convolution(try payload(filters: filters, groups: groups, image, nested)), nested, to: image)
    let arrangement = KerasArrangement.kernel(
      rows: kernel.height, columns: kernel.width, inputs: image.shape[0] / groups, outputs: filters)
    try recordKernel(["kernel"], arrangement, filters: filters, of: output, nested)
    return output
  }

  mutating func depthwiseConvolution(_ input: KerasTensor, _ nested: NestedLayer) throws -> KerasTensor {
    let image = try image(input, nested)
    let (output, arrangement) = try depthwise(image, nested, suffix: "", hasBias: try hasBias(nested))
    try recordKernel(["depthwise_kernel", "kernel"], arrangement, filters: output.shape[0], of: output, nested)
    return output
  }

  mutating func separableConvolution(_ input: KerasTensor, _ nested: NestedLayer) throws -> KerasTensor {
    let image = try image(input, nested)
    let (middle, depthwise) = try depthwise(image, nested, suffix: "_depthwise", hasBias: false)
    let filters = try nested.layer.integer("filters")
    let hasBias = try hasBias(nested)
    let output = try append(
      .convolution(Convolution(outputChannels: filters, kernel: Extent(1), hasBias: hasBias)), nested, to: middle)
    let pointwise = KerasArrangement.kernel(rows: 1, columns: 1, inputs: middle.shape[0], outputs: filters)
    var variables = [
      KerasVariable("depthwise_kernel", arrangement: depthwise, keys: [ParameterKey(name(of: middle), .weight)]),
      KerasVariable("pointwise_kernel", arrangement: pointwise, keys: [ParameterKey(name(of: output), .weight)]),
    ]
    if hasBias { variables.append(KerasVariable("bias", count: filters, key: ParameterKey(name(of: output), .bias))) }
    try record(KerasWeights(variables), for: nested)
    return output
  }

  private mutating func depthwise(
    _ image: KerasTensor, _ nested: NestedLayer, suffix: String, hasBias: Bool
  ) throws -> (KerasTensor, KerasArrangement) {
    let kernel = try nested.layer.extent("kernel_size")
    let multiplier = try nested.layer.integer("depth_multiplier", default: 1)
    let channels = image.shape[0]
    var payload = try payload(filters: channels * multiplier, groups: channels, image, nested)
    payload.hasBias = hasBias
    let output = try append(.convolution(payload), nested, suffix: suffix, to: image)
    let arrangement = KerasArrangement.depthwise(
      rows: kernel.height, columns: kernel.width, inputs: channels, multiplier: multiplier)
    return (output, arrangement)
  }

  /// The convolution that kernel_size, strides, dilation_rate, padding and use_bias describe.
  private func payload(filters: Int, groups: Int, _ image: KerasTensor, _ nested: NestedLayer) throws -> Convolution {
    let layer = nested.layer
    let kernel = try layer.extent("kernel_size")
    let stride = try layer.extent("strides", default: [1, 1])
    let dilation = try layer.extent("dilation_rate", default: [1, 1])
    let window = Extent(
      (kernel.height - 1) * dilation.height + 1, (kernel.width - 1) * dilation.width + 1)
    return Convolution(
      outputChannels: filters, kernel: Extent(kernel.height, kernel.width),
      stride: Extent(stride.height, stride.width),
      padding: KerasGeometry.edges(
        try layer.choice("padding", default: .valid), image: image.shape, window: window,
        stride: Extent(stride.height, stride.width)),
      dilation: Extent(dilation.height, dilation.width), groups: groups, hasBias: try hasBias(nested))
  }

  mutating func transposedConvolution(_ input: KerasTensor, _ nested: NestedLayer) throws -> KerasTensor {
    let layer = nested.layer
    let image = try image(input, nested)
    let kernel = try layer.extent("kernel_size")
    let stride = try layer.extent("strides", default: [1, 1])
    let dilation = try layer.extent("dilation_rate", default: [1, 1])
    let extra = layer.config["output_padding"] ?? .null
    let outputPadding = extra == .null ? nil : try layer.integers("output_padding", default: [], in: 0...1024)
    let padding = try layer.choice("padding", default: KerasPadding.valid)
    let rows = KerasGeometry.TransposedAxis(
      extent: image.shape[1], window: (kernel.height - 1) * dilation.height + 1, stride: stride.height,
      outputPadding: outputPadding?.first, padding: padding)
    let columns = KerasGeometry.TransposedAxis(
      extent: image.shape[2], window: (kernel.width - 1) * dilation.width + 1, stride: stride.width,
      outputPadding: outputPadding?.last, padding: padding)
    let filters = try layer.integer("filters")
    let payload = TransposedConvolution(
      outputChannels: filters, kernel: Extent(kernel.height, kernel.width),
      stride: Extent(stride.height, stride.width),
      padding: Edges(top: rows.before, bottom: rows.after, left: columns.before, right: columns.after),
      outputPadding: Extent(rows.extra, columns.extra), dilation: Extent(dilation.height, dilation.width),
      hasBias: try hasBias(nested))
    let output = try append(.transposedConvolution(payload), nested, to: image)
    let arrangement = KerasArrangement.kernel(
      rows: kernel.height, columns: kernel.width, inputs: filters, outputs: image.shape[0])
    try recordKernel(["kernel"], arrangement, filters: filters, of: output, nested)
    return output
  }

  mutating func dense(_ input: KerasTensor, _ nested: NestedLayer) throws -> KerasTensor {
    let units = try nested.layer.integer("units")
    let hasBias = try hasBias(nested)
    switch input.shape.rank {
    case 1:
      let output = try append(.dense(Dense(outputs: units, hasBias: hasBias)), nested, to: input)
      let arrangement = KerasArrangement([input.shape[0], units], axes: [1, 0])
      try recordKernel(["kernel"], arrangement, filters: units, of: output, nested)
      return output
    case 3:
      // Along the last axis of an image: the same map at every position.
      let image = try arranged(input, as: .channelsLast, nested)
      let output = try append(
        .convolution(Convolution(outputChannels: units, kernel: Extent(1), hasBias: hasBias)), nested, to: image)
      let arrangement = KerasArrangement(
        [image.shape[0], units], axes: [1, 0], shape: [units, image.shape[0], 1, 1])
      try recordKernel(["kernel"], arrangement, filters: units, of: output, nested)
      return output
    default:
      throw nested.layer.failure(expected: "a vector or an image as input", found: "shape \(Shape(input.kerasShape))")
    }
  }

  private func hasBias(_ nested: NestedLayer) throws -> Bool { try nested.layer.boolean("use_bias", default: true) }

  private mutating func recordKernel(
    _ names: [String], _ arrangement: KerasArrangement, filters: Int, of output: KerasTensor, _ nested: NestedLayer
  ) throws {
    var variables = [
      KerasVariable(names, arrangement: arrangement, keys: [ParameterKey(name(of: output), .weight)])
    ]
    if try hasBias(nested) {
      variables.append(KerasVariable("bias", count: filters, key: ParameterKey(name(of: output), .bias)))
    }
    try record(KerasWeights(variables), for: nested)
  }

  // MARK: Poolings

  mutating func pooling(_ kind: PoolingKind, _ input: KerasTensor, _ nested: NestedLayer) throws -> KerasTensor {
    let image = try image(input, nested)
    let size = try nested.layer.extent("pool_size", default: [2, 2])
    let strides = try nested.layer.extent("strides", default: [size.height, size.width])
    let (kernel, stride) = (Extent(size.height, size.width), Extent(strides.height, strides.width))
    let edges = KerasGeometry.edges(
      try nested.layer.choice("padding", default: .valid), image: image.shape, window: kernel, stride: stride)
    if generation == .keras3, kind != .max, edges.top != edges.bottom || edges.left != edges.right {
      note(
        "\(nested.layer.place) pads more on one side; its mean leaves the padding out as TensorFlow and JAX do, while "
          + "Keras on PyTorch repeats the edge.")
    }
    return try append(
      .pooling(Pooling(kind, kernel: kernel, stride: stride, padding: edges)), nested, to: image)
  }

  mutating func globalPooling(
    _ kind: GlobalPooling.Kind, _ input: KerasTensor, _ nested: NestedLayer
  ) throws -> KerasTensor {
    let image = try image(input, nested)
    let keepsAxes = try nested.layer.boolean("keepdims", default: false)
    return try append(
      .globalPooling(GlobalPooling(kind, keepsAxes: keepsAxes)), nested, to: [image],
      layout: keepsAxes ? image.layout : .asIs)
  }
}
