import Networks

/// Convolutions, dense layers and poolings.
extension KerasPlanner {
  mutating func convolution(_ payload: Convolution, _ site: Site) throws -> Int {
    let (kernel, stride, dilation) = (payload.kernel, payload.stride, payload.dilation)
    try checkSteps(stride, dilation, site)
    let window = Extent((kernel.height - 1) * dilation.height + 1, (kernel.width - 1) * dilation.width + 1)
    let (input, padding) = padded(payload.padding, window: window, stride: stride, site)
    var config: [String: KerasJSON] = [
      "kernel_size": Self.pair(kernel), "strides": Self.pair(stride), "padding": padding,
      "data_format": "channels_last", "dilation_rate": Self.pair(dilation), "activation": "linear",
      "use_bias": .boolean(payload.hasBias),
    ]
    let channels = site.input[0]
    let bias = variable("bias", .bias, site)
    // TensorFlow's depthwise kernels take one stride for both axes.
    if payload.groups == channels, channels > 1, stride.height == stride.width {
      let multiplier = payload.outputChannels / channels
      config["depth_multiplier"] = KerasJSON(multiplier)
      let arrangement = KerasArrangement.depthwise(
        rows: kernel.height, columns: kernel.width, inputs: channels, multiplier: multiplier)
      let name = plan.dialect == .keras2 ? "depthwise_kernel" : "kernel"
      return append(
        "DepthwiseConv2D", config, site, to: [input], variables: variable(name, .weight, site, arrangement) + bias)
    }
    config["filters"] = KerasJSON(payload.outputChannels)
    if payload.groups > 1 { config["groups"] = KerasJSON(payload.groups) }
    let arrangement = KerasArrangement.kernel(
      rows: kernel.height, columns: kernel.width, inputs: channels / payload.groups, outputs: payload.outputChannels)
    return append("Conv2D", config, site, to: [input], variables: variable("kernel", .weight, site, arrangement) + bias)
  }

  private func checkSteps(_ stride: Extent, _ dilation: Extent, _ site: Site) throws {
    guard max(stride.height, stride.width) == 1 || max(dilation.height, dilation.width) == 1 else {
      throw site.failure("Keras has no convolution with both a stride and a dilation above 1")
    }
  }

  static func pair(_ extent: Extent) -> KerasJSON { KerasJSON([extent.height, extent.width]) }

  /// The input of a window operation and its kind of padding: 'valid', 'same', or zeros in a layer of their own.
  private mutating func padded(
    _ edges: Edges, window: Extent, stride: Extent, _ site: Site
  ) -> (input: Int, padding: KerasJSON) {
    let input = input(of: site)
    if edges == Edges() { return (input, "valid") }
    if edges == KerasGeometry.edges(.same, image: site.input, window: window, stride: stride) {
      return (input, "same")
    }
    let image = site.input
    let shape = [image[1] + edges.top + edges.bottom, image[2] + edges.left + edges.right, image[0]]
    let padding = appendHelper(
      "ZeroPadding2D", suffix: "_padding", ["padding": Self.sides(edges)], site, to: [input], shape: shape)
    return (padding, "valid")
  }

  mutating func transposedConvolution(_ payload: TransposedConvolution, _ site: Site) throws -> Int {
    guard payload.groups == 1 else { throw site.failure("Keras has no transposed convolution in groups") }
    try checkSteps(payload.stride, payload.dilation, site)
    let dilation = payload.dilation
    let window = Extent(
      (payload.kernel.height - 1) * dilation.height + 1, (payload.kernel.width - 1) * dilation.width + 1)
    var config: [String: KerasJSON] = [
      "filters": KerasJSON(payload.outputChannels), "kernel_size": Self.pair(payload.kernel),
      "strides": Self.pair(payload.stride), "data_format": "channels_last", "dilation_rate": Self.pair(dilation),
      "activation": "linear", "use_bias": .boolean(payload.hasBias),
    ]
    let arrangement = KerasArrangement.kernel(
      rows: payload.kernel.height, columns: payload.kernel.width, inputs: payload.outputChannels,
      outputs: site.input[0])
    let variables = variable("kernel", .weight, site, arrangement) + variable("bias", .bias, site)
    for padding in [KerasPadding.same, .valid] {
      config["padding"] = .string(padding.rawValue)
      let geometry = TransposedGeometry(site.input, window: window, stride: payload.stride, padding: padding)
      if geometry.edges == payload.padding, geometry.extra == payload.outputPadding {
        return append("Conv2DTranspose", config, site, variables: variables)
      }
    }
    // 'valid' gives the whole output; what the node takes off, a cropping takes off.
    let full = TransposedGeometry(site.input, window: window, stride: payload.stride, padding: .valid)
    return try croppedConvolution(payload, full, &config, variables, site)
  }

  private mutating func croppedConvolution(
    _ payload: TransposedConvolution, _ full: TransposedGeometry, _ config: inout [String: KerasJSON],
    _ variables: [KerasPlan.Variable], _ site: Site
  ) throws -> Int {
    let extra = payload.outputPadding
    var crop = payload.padding
    if full.extra.height >= extra.height, full.extra.width >= extra.width {
      crop.bottom += full.extra.height - extra.height
      crop.right += full.extra.width - extra.width
    } else {
      guard extra.height < payload.stride.height, extra.width < payload.stride.width else {
        throw site.failure("Keras has no output padding that reaches the stride")
      }
      config["output_padding"] = Self.pair(extra)
    }
    let output = site.node.shape
    let convolution = appendHelper(
      "Conv2DTranspose", suffix: "_full", config, site, to: [input(of: site)],
      shape: [output[1] + crop.top + crop.bottom, output[2] + crop.left + crop.right, output[0]], variables: variables)
    return append("Cropping2D", ["cropping": Self.sides(crop)], site, to: [convolution])
  }

  /// What a transposed convolution of Keras takes off its full output, and adds to it.
  private struct TransposedGeometry {
    let edges: Edges
    let extra: Extent

    init(_ image: Shape, window: Extent, stride: Extent, padding: KerasPadding) {
      let rows = KerasGeometry.TransposedAxis(
        extent: image[1], window: window.height, stride: stride.height, outputPadding: nil, padding: padding)
      let columns = KerasGeometry.TransposedAxis(
        extent: image[2], window: window.width, stride: stride.width, outputPadding: nil, padding: padding)
      edges = Edges(top: rows.before, bottom: rows.after, left: columns.before, right: columns.after)
      extra = Extent(rows.extra, columns.extra)
    }
  }

  mutating func dense(_ payload: Dense, _ site: Site) -> Int {
    let config: [String: KerasJSON] = [
      "units": KerasJSON(payload.outputs), "activation": "linear", "use_bias": .boolean(payload.hasBias),
    ]
    let arrangement = KerasArrangement([site.input[0], payload.outputs], axes: [1, 0])
    return append(
      "Dense", config, site,
      variables: variable("kernel", .weight, site, arrangement) + variable("bias", .bias, site))
  }

  // MARK: Poolings

  mutating func pooling(_ payload: Pooling, _ site: Site) throws -> Int {
    let edges = reachedEdges(payload, site)
    let className = payload.kind == .max ? "MaxPooling2D" : "AveragePooling2D"
    var config: [String: KerasJSON] = [
      "pool_size": Self.pair(payload.kernel), "strides": Self.pair(payload.stride), "data_format": "channels_last",
    ]
    let same = KerasGeometry.edges(.same, image: site.input, window: payload.kernel, stride: payload.stride)
    if edges == Edges() || (edges == same && payload.kind != .average(countsPadding: true)) {
      config["padding"] = edges == Edges() ? "valid" : "same"
      return append(className, config, site)
    }
    // Zeros are as good as nothing to a mean that counts them, and to a maximum of what is not negative.
    let takesZeros = payload.kind == .average(countsPadding: true) || (payload.kind == .max && isNonnegative(site))
    guard takesZeros, !(payload.roundsUp && payload.kind != .max) else {
      throw site.failure("Keras has no pooling with this padding: only 'valid', 'same', or zeros before it")
    }
    let shape = [
      site.input[1] + edges.top + edges.bottom, site.input[2] + edges.left + edges.right, site.input[0],
    ]
    let padding = appendHelper(
      "ZeroPadding2D", suffix: "_padding", ["padding": Self.sides(edges)], site, to: [input(of: site)], shape: shape)
    config["padding"] = "valid"
    return append(className, config, site, to: [padding])
  }

  /// The padding that windows really reach: a pooling that rounds up reaches beyond, one that rounds down may not use all.
  private func reachedEdges(_ payload: Pooling, _ site: Site) -> Edges {
    let (input, output) = (site.input, site.node.shape)
    let bottom = (output[1] - 1) * payload.stride.height + payload.kernel.height - input[1] - payload.padding.top
    let right = (output[2] - 1) * payload.stride.width + payload.kernel.width - input[2] - payload.padding.left
    return Edges(top: payload.padding.top, bottom: max(bottom, 0), left: payload.padding.left, right: max(right, 0))
  }

  private func isNonnegative(_ site: Site) -> Bool {
    switch site.inputs[0].operation {
    case .activation(.relu), .activation(.relu6), .activation(.sigmoid), .activation(.softplus),
      .activation(.hardSigmoid), .softmax:
      true
    default: false
    }
  }

  mutating func globalPooling(_ payload: GlobalPooling, _ site: Site) -> Int {
    var config: [String: KerasJSON] = ["data_format": "channels_last"]
    // Older versions do not know the word.
    if payload.keepsAxes { config["keepdims"] = true }
    return append(payload.kind == .max ? "GlobalMaxPooling2D" : "GlobalAveragePooling2D", config, site)
  }
}
