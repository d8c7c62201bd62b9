internal import COneDNN
internal import Networks

/// Convolutions and dense layers: oneDNN primitives with weights.
extension PlanBuilder {
  func emitWeighted(_ index: Int, _ kernel: any WeightedKernel, source: Value) throws {
    let fusedIndex = fusedActivations[index]
    var activation: Activation?
    if let fusedIndex, case .activation(let fused) = network.nodes[fusedIndex].operation { activation = fused }
    let plainWeights = try kernel.plainWeights
    let type = scalarType(of: index)
    // Logits are in single precision, because the loss is computed from them.
    let outputType = (fusedIndex ?? index) == network.outputIndex ? dnnl_f32 : type
    let descriptor = try kernel.forward(type, to: outputType, activation: activation, engine: engine)
    let input = try conform(source, to: descriptor.layout(dnnl_query_src_md))
    let weights = try weights(of: index, plain: plainWeights, as: descriptor.layout(dnnl_query_weights_md))
    let output = newValue(try descriptor.layout(dnnl_query_dst_md))
    var arguments: [(Int32, Operand)] = [
      (DNNL_ARG_SRC, .value(input)), (DNNL_ARG_WEIGHTS, weights), (DNNL_ARG_DST, .value(output)),
    ]
    if let bias = try flatWeight(index, .bias) { arguments.append((DNNL_ARG_BIAS, .weight(bias))) }
    try emit(descriptor, arguments)
    if let fusedIndex, activation == .relu, !trains(index), let kernel = fewChannelGradient(index) {
      return finish(index, rectifier: fusedIndex, kernel, output: output)
    }
    finish(index, with: fusedIndex, output: output) { builder, gradient in
      if builder.trains(index) {
        try builder.emitWeightGradients(index, kernel, input: input, gradient: gradient, hint: descriptor)
      }
      guard builder.needsInputGradient(index) else { return }
      if let kernel = builder.fewChannelGradient(index) {
        try builder.emitInputGradient(index, kernel, gradient: gradient)
      } else {
        try builder.emitInputGradient(index, kernel, gradient: gradient, hint: descriptor)
      }
    }
  }

  /// Records the output of a node that was computed together with the activation after it, if any, and its backward
  /// pass: the pullback is given the gradient before the activation.
  func finish(
    _ index: Int, with activation: Int?, output: Value, pullback: @escaping (PlanBuilder, Value) throws -> Void
  ) {
    values[activation ?? index] = output
    if let activation, network.nodes[activation].operation == .activation(.relu) {
      emitSigns(of: activation, output: output)
    }
    pullbacks[activation ?? index] = { builder, gradient in
      var gradient = gradient
      if let activation, !builder.hasDerivative(activation) {
        gradient = try builder.emitDerivative(of: activation, output: output, gradient: gradient)
      }
      builder.attribute(to: index, isBackward: true)
      try pullback(builder, gradient)
    }
  }

  /// The scalar type of the products of a node with weights. The first layer stays in single precision, because images
  /// are not rounded to bfloat16.
  private func scalarType(of index: Int) -> dnnl_data_type_t {
    arithmetic == .bfloat16 && purpose == .inputGradient && fewChannelGradient(index) == nil ? dnnl_bf16 : dnnl_f32
  }

  /// A node's weights in a layout: without a copy where it is the model's own.
  private func weights(of index: Int, plain: TensorLayout, as layout: TensorLayout) throws -> Operand {
    let key = ParameterKey(network.nodes[index].name, .weight)
    if layout == plain, !store.isScaled(key) { return .shared(try store.shared(key), layout) }
    return .weight(try store.weight(key, plain: plain, as: layout))
  }

  private func emitInputGradient(
    _ index: Int, _ kernel: any WeightedKernel, gradient: Value, hint: PrimitiveDescriptor
  ) throws {
    let plainWeights = try kernel.plainWeights
    let type = scalarType(of: index)
    let descriptor = try kernel.backwardData(
      source: .any(kernel.source, type), weights: .any(plainWeights.extents, type),
      destination: .any(kernel.destination, type), hint: hint, engine: engine)
    let weights = try weights(of: index, plain: plainWeights, as: descriptor.layout(dnnl_query_weights_md))
    let output = newValue(try descriptor.layout(dnnl_query_diff_src_md))
    let seed = try conform(gradient, to: descriptor.layout(dnnl_query_diff_dst_md))
    try emit(
      descriptor,
      [
        (DNNL_ARG_DIFF_DST, .value(seed)), (DNNL_ARG_WEIGHTS, weights), (DNNL_ARG_DIFF_SRC, .value(output)),
      ])
    contribute(try withoutRows(output), to: index)
  }

  func emitWeightGradients(
    _ index: Int, _ kernel: any WeightedKernel, input: Value, gradient: Value, hint: PrimitiveDescriptor
  ) throws {
    let plainWeights = try kernel.plainWeights
    let bias = try kernel.biasExtents.map(TensorLayout.init(plain:))
    let descriptor = try kernel.backwardWeights(
      source: .any(kernel.source, dnnl_f32), weights: .any(plainWeights.extents, dnnl_f32), bias: bias,
      destination: .any(kernel.destination, dnnl_f32), hint: hint, engine: engine)
    let source = try conform(input, to: descriptor.layout(dnnl_query_src_md))
    let seed = try conform(gradient, to: descriptor.layout(dnnl_query_diff_dst_md))
    let shape = network.parameterSpecifications(of: index)[0].shape
    let plain = Value(buffer: parameterGradient(index, .weight, shape: shape), layout: plainWeights)
    let layout = try descriptor.layout(dnnl_query_diff_weights_md)
    let result = layout == plainWeights ? plain : newValue(layout)
    var arguments: [(Int32, Operand)] = [
      (DNNL_ARG_SRC, .value(source)), (DNNL_ARG_DIFF_DST, .value(seed)), (DNNL_ARG_DIFF_WEIGHTS, .value(result)),
    ]
    if let bias {
      let buffer = parameterGradient(index, .bias, shape: Shape(bias.extents))
      arguments.append((DNNL_ARG_DIFF_BIAS, .value(Value(buffer: buffer, layout: bias))))
    }
    try emit(descriptor, arguments)
    guard layout != plainWeights else { return }
    try emit(
      PrimitiveDescriptor(reorderFrom: result.layout, to: plainWeights, engine: engine),
      [(DNNL_ARG_SRC, .value(result)), (DNNL_ARG_DST, .value(plain))])
  }
}

/// Activations and poolings: oneDNN primitives without weights, in whatever layout their input has.
extension PlanBuilder {
  func emitActivation(_ index: Int, _ activation: Activation) throws {
    guard let eltwise = Eltwise(activation) else { return try emitPointwise(index, activation) }
    let source = try inputValue(index)
    let descriptor = try eltwise.forward(source.layout, engine: engine)
    let output = newValue(source.layout)
    try emit(descriptor, [(DNNL_ARG_SRC, .value(source)), (DNNL_ARG_DST, .value(output))])
    values[index] = output
    if activation == .relu { emitSigns(of: index, output: output) }
    pullbacks[index] = { builder, gradient in
      if builder.hasDerivative(index) { return builder.contribute(gradient, to: index) }
      let result =
        builder.signs[index] == nil
        ? try builder.emitBackward(eltwise, of: source, usesOutput: false, gradient: gradient)
        : try builder.emitDerivative(of: index, output: output, gradient: gradient)
      builder.contribute(result, to: index)
    }
  }

  /// Whether an activation's derivative was applied by the backward pass of the node that reads it.
  func hasDerivative(_ index: Int) -> Bool {
    activationsBeforePooling.contains(index) || derivedActivations.contains(index)
  }

  /// The gradient before an activation, from its output.
  func emitDerivative(of index: Int, output: Value, gradient: Value) throws -> Value {
    if let signs = signs[index] { return try emitGate(gradient, signs: signs, layout: output.layout) }
    guard case .activation(let activation) = network.nodes[index].operation, let eltwise = Eltwise(activation) else {
      return gradient
    }
    return try emitBackward(eltwise, of: output, usesOutput: true, gradient: gradient)
  }

  /// The gradient before an activation, from its input or its output.
  private func emitBackward(_ eltwise: Eltwise, of value: Value, usesOutput: Bool, gradient: Value) throws -> Value {
    let hint = try eltwise.forward(value.layout, engine: engine)
    let descriptor = try eltwise.backward(value.layout, usesOutput: usesOutput, hint: hint, engine: engine)
    let seed = try conform(gradient, to: value.layout)
    let result = newValue(value.layout)
    try emit(
      descriptor,
      [
        (usesOutput ? DNNL_ARG_DST : DNNL_ARG_SRC, .value(value)), (DNNL_ARG_DIFF_DST, .value(seed)),
        (DNNL_ARG_DIFF_SRC, .value(result)),
      ])
    return result
  }

  func emitPooling(_ index: Int, _ kernel: PoolingKernel) throws -> Value {
    var source = try inputValue(index)
    if !Processor.isWide, try source.layout == TensorLayout(source.layout.extents, tag: dnnl_aBcd16b) {
      // Without AVX-512 oneDNN pools blocks of 16 channels scalar by scalar.
      source = try conform(source, to: TensorLayout(source.layout.extents, tag: dnnl_aBcd8b))
    }
    return try emitPooling(index, kernel, source: source)
  }

  private func emitPooling(_ index: Int, _ kernel: PoolingKernel, source: Value) throws -> Value {
    let descriptor = try kernel.forward(source: source.layout, keepsMaxima: purpose != .inference, engine: engine)
    let output = newValue(try descriptor.layout(dnnl_query_dst_md))
    var arguments: [(Int32, Operand)] = [(DNNL_ARG_SRC, .value(source)), (DNNL_ARG_DST, .value(output))]
    var workspace: Value?
    if let layout = descriptor.workspace {
      let value = newValue(layout)
      arguments.append((DNNL_ARG_WORKSPACE, .value(value)))
      workspace = value
    }
    try emit(descriptor, arguments)
    let activated = network.nodes[index].inputs[0]
    pullbacks[index] = { [workspace] builder, gradient in
      var gradient = gradient
      if builder.activationsBeforePooling.contains(activated) {
        gradient = try builder.emitDerivative(of: activated, output: output, gradient: gradient)
      }
      let backward = try kernel.backward(
        source: source.layout, destination: output.layout, hint: descriptor, engine: builder.engine)
      let result = builder.newValue(source.layout)
      var arguments: [(Int32, Operand)] = [
        (DNNL_ARG_DIFF_DST, .value(try builder.conform(gradient, to: output.layout))),
        (DNNL_ARG_DIFF_SRC, .value(result)),
      ]
      if let workspace { arguments.append((DNNL_ARG_WORKSPACE, .value(workspace))) }
      try builder.emit(backward, arguments)
      builder.contribute(result, to: index)
    }
    return output
  }

  func emitGlobalPooling(_ index: Int, _ pooling: GlobalPooling) throws {
    guard let kernel = PoolingKernel(pooling, batch: batch, input: inputShape(index)) else { return }
    let pooled = try emitPooling(index, kernel)
    guard !pooling.keepsAxes else {
      values[index] = pooled
      return
    }
    values[index] = try reshaped(pooled, to: network.nodes[index].shape)
    let pullback = pullbacks[index]
    pullbacks[index] = { builder, gradient in
      try pullback?(builder, builder.reshaped(gradient, to: [pooled.layout.extents[1], 1, 1]))
    }
  }
}
