import Networks

/// Layers with weights.
extension ONNXBuilder {
  mutating func convolution(_ node: ONNXNode) throws -> ONNXValue {
    let input = try image(try tensor(node), node)
    let weight = try weight(node)
    let shape = draft.shape(input)
    let kernel = Extent(weight.extents[2], weight.extents[3])
    let (stride, dilation) = (try pair(node, "strides"), try pair(node, "dilations"))
    let groups = node.integer("group", 1)
    guard (1...shape[0]).contains(groups), weight.extents[1] * groups == shape[0] else {
      throw ONNXFolding.Failure(
        expected: "weights for \(shape[0]) channels in \(groups) groups", found: "\(Shape(weight.extents))")
    }
    let payload = Convolution(
      outputChannels: weight.extents[0], kernel: kernel, stride: stride,
      padding: try padding(node, of: shape, kernel, stride, dilation), dilation: dilation,
      groups: groups, hasBias: node.input(2) != nil)
    return try layer(node, .convolution(payload), input, weight, outputs: weight.extents[0])
  }

  mutating func transposedConvolution(_ node: ONNXNode) throws -> ONNXValue {
    let input = try image(try tensor(node), node)
    let weight = try weight(node)
    let groups = node.integer("group", 1)
    guard (1...weight.extents[0]).contains(groups), weight.extents[0] == draft.shape(input)[0] else {
      throw ONNXFolding.Failure(
        expected: "weights for \(draft.shape(input)[0]) channels", found: "\(Shape(weight.extents))")
    }
    guard node.integers("output_shape") == nil, ["NOTSET", "VALID"].contains(node.text("auto_pad", "NOTSET")) else {
      throw ONNXFolding.Failure(
        expected: "explicit pads of a transposed convolution", found: "output_shape or auto_pad")
    }
    let payload = TransposedConvolution(
      outputChannels: weight.extents[1] * groups, kernel: Extent(weight.extents[2], weight.extents[3]),
      stride: try pair(node, "strides"), padding: try edges(node), outputPadding: try pair(node, "output_padding", 0),
      dilation: try pair(node, "dilations"), groups: groups, hasBias: node.input(2) != nil)
    return try layer(node, .transposedConvolution(payload), input, weight, outputs: payload.outputChannels)
  }

  /// `alpha · A · B + beta · C`: a dense layer where B and C are constants.
  mutating func gemm(_ node: ONNXNode) throws -> ONNXValue {
    guard node.integer("transA", 0) == 0 else { throw joinsImages("the images transposed") }
    let input = try vector(try tensor(node), node)
    var weight = try matrix(node)
    if node.integer("transB", 0) == 0 { weight = weight.transposed([1, 0]) }
    let alpha = node.float("alpha", 1)
    if alpha != 1 { weight.values = .floats(weight.floats.map { $0 * alpha }) }
    let beta = node.float("beta", 1)
    let bias = try optionalConstant(node, 2).map { constant in
      guard let row = constant.broadcast(to: [1, weight.extents[0]]) else {
        throw ONNXFolding.Failure(
          expected: "a bias for each of \(weight.extents[0]) outputs", found: "\(Shape(constant.extents))")
      }
      return row.floats.map { $0 * beta }
    }
    return .tensor(ONNXReference(try dense(input, weight, bias, name(node, weight: 1)), rank: 1))
  }

  /// The product of images with a constant matrix: a dense layer, or a convolution of 1×1 over the last axis.
  mutating func matrixProduct(_ node: ONNXNode) throws -> ONNXValue {
    guard case .tensor(let tensor) = try value(node, 0) else {
      throw ONNXFolding.Failure(expected: "images times a constant matrix", found: "a constant times images")
    }
    let weight = try matrix(node).transposed([1, 0])
    guard tensor.axes.count == 3, let last = tensor.axes.last else {
      let input = try vector(tensor, node)
      return .tensor(ONNXReference(try dense(input, weight, nil, name(node, weight: 1)), rank: 1))
    }
    let others = tensor.axes.dropLast()
    let image = try permuted(tensor.node, [last] + others, name(node))
    guard weight.extents[1] == draft.shape(image)[0] else { throw misfit(weight, draft.shape(image)) }
    let product = try draft.append(
      .convolution(Convolution(outputChannels: weight.extents[0], kernel: Extent(1), hasBias: false)), to: [image],
      named: name(node, weight: 1),
      [.weight: Tensor(shape: Shape(weight.extents + [1, 1]), scalars: weight.floats)])
    return .tensor(ONNXReference(product, axes: [1, 2, 0]))
  }

  private mutating func dense(
    _ input: Int, _ weight: ONNXConstant, _ bias: [Float]?, _ name: String
  ) throws -> Int {
    guard weight.extents[1] == draft.shape(input)[0] else { throw misfit(weight, draft.shape(input)) }
    var tensors: [ParameterRole: Tensor<Float>] = [
      .weight: Tensor(shape: Shape(weight.extents), scalars: weight.floats)
    ]
    if let bias { tensors[.bias] = Tensor(shape: [bias.count], scalars: bias) }
    return try draft.append(
      .dense(Dense(outputs: weight.extents[0], hasBias: bias != nil)), to: [input], named: name, tensors)
  }

  private func misfit(_ weight: ONNXConstant, _ shape: Shape) -> ONNXFolding.Failure {
    ONNXFolding.Failure(expected: "weights for \(shape[0]) inputs", found: "weights for \(weight.extents[1])")
  }

  /// A matrix of weights, the second input.
  private func matrix(_ node: ONNXNode) throws -> ONNXConstant {
    let weight = try constant(node, 1)
    guard weight.extents.count == 2 else {
      throw ONNXFolding.Failure(expected: "a matrix of weights", found: "the extents \(Shape(weight.extents))")
    }
    return weight
  }

  private mutating func vector(_ tensor: ONNXReference, _ node: ONNXNode) throws -> Int {
    guard tensor.axes.count == 1 else {
      throw ONNXFolding.Failure(expected: "one vector for each image", found: "the extents \(extents(tensor))")
    }
    return tensor.node
  }

  /// The filters of a convolution, in two dimensions.
  private func weight(_ node: ONNXNode) throws -> ONNXConstant {
    let weight = try constant(node, 1)
    guard weight.extents.count == 4 else {
      throw ONNXFolding.Failure(
        expected: "filters of rows and columns", found: "weights of the extents \(Shape(weight.extents))")
    }
    guard weight.extents.allSatisfy({ (1...(1 << 24)).contains($0) }) else {
      throw ONNXFolding.Failure(expected: "filters of at least 1", found: "\(Shape(weight.extents))")
    }
    if let kernel = node.integers("kernel_shape"), kernel != Array(weight.extents.suffix(2)) {
      throw ONNXFolding.Failure(expected: "filters of \(kernel)", found: "\(Shape(weight.extents))")
    }
    return weight
  }

  private mutating func layer(
    _ node: ONNXNode, _ operation: Operation, _ input: Int, _ weight: ONNXConstant, outputs: Int
  ) throws -> ONNXValue {
    var tensors: [ParameterRole: Tensor<Float>] = [
      .weight: Tensor(shape: Shape(weight.extents), scalars: weight.floats)
    ]
    if let bias = try optionalConstant(node, 2) {
      guard bias.count == outputs else {
        throw ONNXFolding.Failure(expected: "a bias for each of \(outputs) channels", found: "\(bias.count)")
      }
      tensors[.bias] = Tensor(shape: [outputs], scalars: bias.floats)
    }
    return .tensor(
      ONNXReference(try draft.append(operation, to: [input], named: name(node, weight: 1), tensors), rank: 3))
  }
}
