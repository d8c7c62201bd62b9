import Networks

/// Convolutions, dense layers and poolings.
extension KerasBuilder {
  mutating func convolution(_ input: KerasTensor, _ site: Site) throws -> KerasTensor {
    let layer = site.layer
    let image = try image(input, site)
    let kernel = try layer.extent("kernel_size")
    let groups = try layer.integer("groups", default: 1)
    let filters = try layer.integer("filters")
    let output = try append(
      .convolution(try payload(filters: filters, groups: groups, image, site)), site, to: image)
    let arrangement = KerasArrangement.kernel(
      rows: kernel.height, columns: kernel.width, inputs: image.shape[0] / groups, outputs: filters)
    try recordKernel(["kernel"], arrangement, filters: filters, of: output, site)
    return output
  }

  mutating func depthwiseConvolution(_ input: KerasTensor, _ site: Site) throws -> KerasTensor {
    let image = try image(input, site)
    let (output, arrangement) = try depthwise(image, site, suffix: "", hasBias: try hasBias(site))
    try recordKernel(["depthwise_kernel", "kernel"], arrangement, filters: output.shape[0], of: output, site)
    return output
  }

  mutating func separableConvolution(_ input: KerasTensor, _ site: Site) throws -> KerasTensor {
    let image = try image(input, site)
    let (middle, depthwise) = try depthwise(image, site, suffix: "_depthwise", hasBias: false)
    let filters = try site.layer.integer("filters")
    let hasBias = try hasBias(site)
    let output = try append(
      .convolution(Convolution(outputChannels: filters, kernel: Extent(1), hasBias: hasBias)), site, to: middle)
    let pointwise = KerasArrangement.kernel(rows: 1, columns: 1, inputs: middle.shape[0], outputs: filters)
    var variables = [
      KerasVariable("depthwise_kernel", arrangement: depthwise, keys: [ParameterKey(name(of: middle), .weight)]),
      KerasVariable("pointwise_kernel", arrangement: pointwise, keys: [ParameterKey(name(of: output), .weight)]),
    ]
    if hasBias { variables.append(KerasVariable("bias", count: filters, key: ParameterKey(name(of: output), .bias))) }
    try record(KerasWeights(variables), for: site)
    return output
  }

  private mutating func depthwise(
    _ image: KerasTensor, _ site: Site, suffix: String, hasBias: Bool
  ) throws -> (KerasTensor, KerasArrangement) {
    let kernel = try site.layer.extent("kernel_size")
    let multiplier = try site.layer.integer("depth_multiplier", default: 1)
    let channels = image.shape[0]
    var payload = try payload(filters: channels * multiplier, groups: channels, image, site)
    payload.hasBias = hasBias
    let output = try append(.convolution(payload), site, suffix: suffix, to: image)
    let arrangement = KerasArrangement.depthwise(
      rows: kernel.height, columns: kernel.width, inputs: channels, multiplier: multiplier)
    return (output, arrangement)
  }

  /// The convolution that kernel_size, strides, dilation_rate, padding and use_bias describe.
  private func payload(filters: Int, groups: Int, _ image: KerasTensor, _ site: Site) throws -> Convolution {
    let layer = site.layer
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
      dilation: Extent(dilation.height, dilation.width), groups: groups, hasBias: try hasBias(site))
  }

  mutating func transposedConvolution(_ input: KerasTensor, _ site: Site) throws -> KerasTensor {
    let layer = site.layer
    let image = try image(input, site)
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
      hasBias: try hasBias(site))
    let output = try append(.transposedConvolution(payload), site, to: image)
    let arrangement = KerasArrangement.kernel(
      rows: kernel.height, columns: kernel.width, inputs: filters, outputs: image.shape[0])
    try recordKernel(["kernel"], arrangement, filters: filters, of: output, site)
    return output
  }

  mutating func dense(_ input: KerasTensor, _ site: Site) throws -> KerasTensor {
    let units = try site.layer.integer("units")
    let hasBias = try hasBias(site)
    switch input.shape.rank {
    case 1:
      let output = try append(.dense(Dense(outputs: units, hasBias: hasBias)), site, to: input)
      let arrangement = KerasArrangement([input.shape[0], units], axes: [1, 0])
      try recordKernel(["kernel"], arrangement, filters: units, of: output, site)
      return output
    case 3:
      // Along the last axis of an image: the same map at every place.
      let image = try arranged(input, as: .channelsLast, site)
      let output = try append(
        .convolution(Convolution(outputChannels: units, kernel: Extent(1), hasBias: hasBias)), site, to: image)
      let arrangement = KerasArrangement(
        [image.shape[0], units], axes: [1, 0], shape: [units, image.shape[0], 1, 1])
      try recordKernel(["kernel"], arrangement, filters: units, of: output, site)
      return output
    default:
      throw site.layer.failure(expected: "a vector or an image as input", found: "shape \(Shape(input.kerasShape))")
    }
  }

  private func hasBias(_ site: Site) throws -> Bool { try site.layer.boolean("use_bias", default: true) }

  private mutating func recordKernel(
    _ names: [String], _ arrangement: KerasArrangement, filters: Int, of output: KerasTensor, _ site: Site
  ) throws {
    var variables = [
      KerasVariable(names, arrangement: arrangement, keys: [ParameterKey(name(of: output), .weight)])
    ]
    if try hasBias(site) {
      variables.append(KerasVariable("bias", count: filters, key: ParameterKey(name(of: output), .bias)))
    }
    try record(KerasWeights(variables), for: site)
  }

  // MARK: Poolings

  mutating func pooling(_ kind: PoolingKind, _ input: KerasTensor, _ site: Site) throws -> KerasTensor {
    let image = try image(input, site)
    let size = try site.layer.extent("pool_size", default: [2, 2])
    let strides = try site.layer.extent("strides", default: [size.height, size.width])
    let (kernel, stride) = (Extent(size.height, size.width), Extent(strides.height, strides.width))
    let edges = KerasGeometry.edges(
      try site.layer.choice("padding", default: .valid), image: image.shape, window: kernel, stride: stride)
    if isKeras3, kind != .max, edges.top != edges.bottom || edges.left != edges.right {
      note(
        "\(site.layer.place) pads more on one side; its mean leaves the padding out as TensorFlow and JAX do, while "
          + "Keras on PyTorch repeats the edge.")
    }
    return try append(
      .pooling(Pooling(kind, kernel: kernel, stride: stride, padding: edges)), site, to: image)
  }

  mutating func globalPooling(
    _ kind: GlobalPooling.Kind, _ input: KerasTensor, _ site: Site
  ) throws -> KerasTensor {
    let image = try image(input, site)
    let keepsAxes = try site.layer.boolean("keepdims", default: false)
    return try append(
      .globalPooling(GlobalPooling(kind, keepsAxes: keepsAxes)), site, to: [image],
      layout: keepsAxes ? image.layout : .asIs)
  }
}
