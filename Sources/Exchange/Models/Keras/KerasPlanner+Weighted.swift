import Networks

/// Convolutions, dense layers and poolings.
extension KerasPlanner {
  mutating func convolution(_ payload: Convolution, _ connected: ConnectedNode) throws -> Int {
    let (kernel, stride, dilation) = (payload.kernel, payload.stride, payload.dilation)
    try checkSteps(stride, dilation, connected)
    let window = Extent((kernel.height - 1) * dilation.height + 1, (kernel.width - 1) * dilation.width + 1)
    let (input, padding) = padded(payload.padding, window: window, stride: stride, connected)
    var config: [String: JSONValue] = [
      "kernel_size": Self.pair(kernel), "strides": Self.pair(stride), "padding": padding,
      "data_format": "channels_last", "dilation_rate": Self.pair(dilation), "activation": "linear",
      "use_bias": .boolean(payload.hasBias),
    ]
    let channels = connected.input[0]
    let bias = variable("bias", .bias, connected)
    // TensorFlow's depthwise kernels take one stride for both axes.
    if payload.groups == channels, channels > 1, stride.height == stride.width {
      let multiplier = payload.outputChannels / channels
      config["depth_multiplier"] = JSONValue(multiplier)
      let arrangement = KerasArrangement.depthwise(
        rows: kernel.height, columns: kernel.width, inputs: channels, multiplier: multiplier)
      let name = plan.generation == .keras2 ? "depthwise_kernel" : "kernel"
      return append(
        "DepthwiseConv2D", config, connected, to: [input],
        variables: variable(name, .weight, connected, arrangement) + bias)
    }
    config["filters"] = JSONValue(payload.outputChannels)
    if payload.groups > 1 { config["groups"] = JSONValue(payload.groups) }
    let arrangement = KerasArrangement.kernel(
      rows: kernel.height, columns: kernel.width, inputs: channels / payload.groups, outputs: payload.outputChannels)
    return append(
      "Conv2D", config, connected, to: [input], variables: variable("kernel", .weight, connected, arrangement) + bias)
  }

  private func checkSteps(_ stride: Extent, _ dilation: Extent, _ connected: ConnectedNode) throws {
    guard max(stride.height, stride.width) == 1 || max(dilation.height, dilation.width) == 1 else {
      throw connected.failure("Keras has no convolution with both a stride and a dilation above 1")
    }
  }

  static func pair(_ extent: Extent) -> JSONValue { JSONValue([extent.height, extent.width]) }

  /// The input of a window operation and its kind of padding: 'valid', 'same', or zeros in a layer of their own.
  private mutating func padded(
    _ edges: Edges, window: Extent, stride: Extent, _ connected: ConnectedNode
  ) -> (input: Int, padding: JSONValue) {
    let input = input(of: connected)
    if edges == Edges() { return (input, "valid") }
    if edges == KerasGeometry.edges(.same, image: connected.input, window: window, stride: stride) {
      return (input, "same")
    }
    let image = connected.input
    let shape = [image[1] + edges.top + edges.bottom, image[2] + edges.left + edges.right, image[0]]
    let padding = appendHelper(
      "ZeroPadding2D", suffix: "_padding", ["padding": Self.sides(edges)], connected, to: [input], shape: shape)
    return (padding, "valid")
  }

  mutating func transposedConvolution(_ payload: TransposedConvolution, _ connected: ConnectedNode) throws -> Int {
    guard payload.groups == 1 else { throw connected.failure("Keras has no transposed convolution in groups") }
    try checkSteps(payload.stride, payload.dilation, connected)
    let dilation = payload.dilation
    let window = Extent(
      (payload.kernel.height - 1) * dilation.height + 1, (payload.kernel.width - 1) * dilation.width + 1)
    var config: [String: JSONValue] = [
      "filters": JSONValue(payload.outputChannels), "kernel_size": Self.pair(payload.kernel),
      "strides": Self.pair(payload.stride), "data_format": "channels_last", "dilation_rate": Self.pair(dilation),
      "activation": "linear", "use_bias": .boolean(payload.hasBias),
    ]
    let arrangement = KerasArrangement.kernel(
      rows: payload.kernel.height, columns: payload.kernel.width, inputs: payload.outputChannels,
      outputs: connected.input[0])
    let variables = variable("kernel", .weight, connected, arrangement) + variable("bias", .bias, connected)
    for padding in [KerasPadding.same, .valid] {
      config["padding"] = .string(padding.rawValue)
      let geometry = TransposedGeometry(connected.input, window: window, stride: payload.stride, padding: padding)
      if geometry.edges == payload.padding, geometry.extra == payload.outputPadding {
        return append("Conv2DTranspose", config, connected, variables: variables)
      }
    }
    // 'valid' gives the whole output; a cropping removes what the node's padding removes.
    let full = TransposedGeometry(connected.input, window: window, stride: payload.stride, padding: .valid)
    return try croppedConvolution(payload, full, &config, variables, connected)
  }

  private mutating func croppedConvolution(
    _ payload: TransposedConvolution, _ full: TransposedGeometry, _ config: inout [String: JSONValue],
    _ variables: [KerasPlan.Variable], _ connected: ConnectedNode
  ) throws -> Int {
    let extra = payload.outputPadding
    var crop = payload.padding
    if full.extra.height >= extra.height, full.extra.width >= extra.width {
      crop.bottom += full.extra.height - extra.height
      crop.right += full.extra.width - extra.width
    } else {
      guard extra.height < payload.stride.height, extra.width < payload.stride.width else {
        throw connected.failure("Keras has no output padding that reaches the stride")
      }
      config["output_padding"] = Self.pair(extra)
    }
    let output = connected.node.shape
    let convolution = appendHelper(
      "Conv2DTranspose", suffix: "_full", config, connected, to: [input(of: connected)],
      shape: [output[1] + crop.top + crop.bottom, output[2] + crop.left + crop.right, output[0]], variables: variables)
    return append("Cropping2D", ["cropping": Self.sides(crop)], connected, to: [convolution])
  }

  /// The rows and columns that Keras' transposed convolution removes from its full output, and adds to it.
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

  mutating func dense(_ payload: Dense, _ connected: ConnectedNode) -> Int {
    let config: [String: JSONValue] = [
      "units": JSONValue(payload.outputs), "activation": "linear", "use_bias": .boolean(payload.hasBias),
    ]
    let arrangement = KerasArrangement([connected.input[0], payload.outputs], axes: [1, 0])
    return append(
      "Dense", config, connected,
      variables: variable("kernel", .weight, connected, arrangement) + variable("bias", .bias, connected))
  }

  // MARK: Poolings

  mutating func pooling(_ payload: Pooling, _ connected: ConnectedNode) throws -> Int {
    let edges = reachedEdges(payload, connected)
    let className = payload.kind == .max ? "MaxPooling2D" : "AveragePooling2D"
    var config: [String: JSONValue] = [
      "pool_size": Self.pair(payload.kernel), "strides": Self.pair(payload.stride), "data_format": "channels_last",
    ]
    let same = KerasGeometry.edges(.same, image: connected.input, window: payload.kernel, stride: payload.stride)
    if edges == Edges() || (edges == same && payload.kind != .average(countsPadding: true)) {
      config["padding"] = edges == Edges() ? "valid" : "same"
      return append(className, config, connected)
    }
    // Zeros stand for padding in a mean that counts it, and in a maximum of scalars that are not negative.
    let takesZeros = payload.kind == .average(countsPadding: true) || (payload.kind == .max && isNonnegative(connected))
    guard takesZeros, !(payload.roundsUp && payload.kind != .max) else {
      throw connected.failure("Keras has no pooling with this padding: only 'valid', 'same', or zeros before it")
    }
    let shape = [
      connected.input[1] + edges.top + edges.bottom, connected.input[2] + edges.left + edges.right, connected.input[0],
    ]
    let padding = appendHelper(
      "ZeroPadding2D", suffix: "_padding", ["padding": Self.sides(edges)], connected, to: [input(of: connected)],
      shape: shape)
    config["padding"] = "valid"
    return append(className, config, connected, to: [padding])
  }

  /// The padding that windows really reach: a pooling that rounds up reaches beyond, one that rounds down may not use all.
  private func reachedEdges(_ payload: Pooling, _ connected: ConnectedNode) -> Edges {
    let (input, output) = (connected.input, connected.node.shape)
    let bottom = (output[1] - 1) * payload.stride.height + payload.kernel.height - input[1] - payload.padding.top
    let right = (output[2] - 1) * payload.stride.width + payload.kernel.width - input[2] - payload.padding.left
    return Edges(top: payload.padding.top, bottom: max(bottom, 0), left: payload.padding.left, right: max(right, 0))
  }

  private func isNonnegative(_ connected: ConnectedNode) -> Bool {
    switch connected.inputs[0].operation {
    case .activation(.relu), .activation(.relu6), .activation(.sigmoid), .activation(.softplus),
      .activation(.hardSigmoid), .softmax:
      true
    default: false
    }
  }

  mutating func globalPooling(_ payload: GlobalPooling, _ connected: ConnectedNode) -> Int {
    var config: [String: JSONValue] = ["data_format": "channels_last"]
    // Older versions do not have this argument.
    if payload.keepsAxes { config["keepdims"] = true }
    return append(payload.kind == .max ? "GlobalMaxPooling2D" : "GlobalAveragePooling2D", config, connected)
  }
}
