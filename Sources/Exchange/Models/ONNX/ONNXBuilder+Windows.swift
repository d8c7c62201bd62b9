import Networks

/// Windows over images: strides and paddings as attributes say them, pooling, enlargement.
extension ONNXBuilder {
  /// Two numbers of an attribute, for rows and columns.
  func pair(_ node: ONNXNode, _ attribute: String, _ standard: Int = 1) throws -> Extent {
    let numbers = node.integers(attribute) ?? [standard, standard]
    guard numbers.count == 2 else {
      throw ONNXFolding.Failure(expected: "\(attribute) of rows and columns", found: "\(numbers)")
    }
    return Extent(numbers[0], numbers[1])
  }

  /// The attribute `pads`: before rows and columns, then after them.
  func edges(_ node: ONNXNode) throws -> Edges {
    let pads = node.integers("pads") ?? [0, 0, 0, 0]
    guard pads.count == 4 else { throw ONNXFolding.Failure(expected: "pads of four sides", found: "\(pads)") }
    return Edges(top: pads[0], bottom: pads[2], left: pads[1], right: pads[3])
  }

  /// The padding that is stated, or that makes the output as large as the input divided by the stride.
  func padding(
    _ node: ONNXNode, of shape: Shape, _ kernel: Extent, _ stride: Extent, _ dilation: Extent
  ) throws -> Edges {
    let mode = node.text("auto_pad", "NOTSET")
    switch mode {
    case "NOTSET", "": return try edges(node)
    case "VALID": return Edges()
    case "SAME_UPPER", "SAME_LOWER": break
    default: throw ONNXFolding.Failure(expected: "an auto_pad", found: mode)
    }
    func sides(_ extent: Int, _ kernel: Int, _ stride: Int, _ dilation: Int) throws -> (Int, Int) {
      guard stride > 0, stride < 1 << 24, (1..<(1 << 24)).contains(kernel), (1..<(1 << 24)).contains(dilation) else {
        throw ONNXFolding.Failure(expected: "strides of at least 1", found: "\(stride)")
      }
      let outputs = (extent + stride - 1) / stride
      let total = max(0, (outputs - 1) * stride + (kernel - 1) * dilation + 1 - extent)
      return mode == "SAME_UPPER" ? (total / 2, total - total / 2) : (total - total / 2, total / 2)
    }
    let rows = try sides(shape[1], kernel.height, stride.height, dilation.height)
    let columns = try sides(shape[2], kernel.width, stride.width, dilation.width)
    return Edges(top: rows.0, bottom: rows.1, left: columns.0, right: columns.1)
  }

  mutating func pooling(_ node: ONNXNode, _ kind: PoolingKind) throws -> ONNXValue {
    let input = try image(try tensor(node), node)
    guard node.integers("kernel_shape") != nil else {
      throw ONNXFolding.Failure(expected: "a kernel_shape", found: "none")
    }
    let (kernel, stride) = (try pair(node, "kernel_shape"), try pair(node, "strides"))
    guard try pair(node, "dilations") == Extent(1) else {
      throw ONNXFolding.Failure(expected: "windows without gaps", found: "dilations")
    }
    // Windows that would begin behind the image are left out with ceil_mode, as onnxruntime and PyTorch do.
    var payload = Pooling(
      kind, kernel: kernel, stride: stride,
      padding: try padding(node, of: draft.shape(input), kernel, stride, Extent(1)),
      roundsUp: node.integer("ceil_mode", 0) == 1)
    if payload.padding == Edges(), case .average = kind { payload.kind = .average(countsPadding: false) }
    return .tensor(ONNXReference(try draft.append(.pooling(payload), to: [input], named: name(node)), rank: 3))
  }

  mutating func globalPooling(_ node: ONNXNode, _ kind: GlobalPooling.Kind) throws -> ONNXValue {
    let input = try image(try tensor(node), node)
    return .tensor(
      ONNXReference(
        try draft.append(.globalPooling(GlobalPooling(kind, keepsAxes: true)), to: [input], named: name(node)), rank: 3)
    )
  }

  // MARK: - Enlargement

  mutating func resize(_ node: ONNXNode) throws -> ONNXValue {
    // Version 10 had no regions of interest before the factors.
    let tensor = try tensor(node)
    let scales = try optionalConstant(node, opset(node) < 11 ? 1 : 2)?.floats ?? []
    let sizes = opset(node) < 11 ? nil : try optionalConstant(node, 3).map { try ONNXFolding.whole($0, "sizes") }
    let extents = extents(tensor)
    guard node.integers("axes") == nil, node.integer("antialias", 0) == 0, node.integer("exclude_outside", 0) == 0
    else {
      throw ONNXFolding.Failure(expected: "plain enlargement", found: "axes, antialias or exclude_outside")
    }
    let factors: [Int]
    if let sizes, scales.isEmpty {
      guard sizes.count == extents.count, zip(sizes, extents).allSatisfy({ $0 > 0 && $0.isMultiple(of: $1) }) else {
        throw ONNXFolding.Failure(expected: "whole multiples of \(extents)", found: "\(sizes)")
      }
      factors = zip(sizes, extents).map { $0 / $1 }
    } else {
      factors = try wholeFactors(scales)
    }
    return try enlarged(node, tensor, factors, try method(of: node))
  }

  mutating func upsample(_ node: ONNXNode) throws -> ONNXValue {
    let tensor = try tensor(node)
    guard node.text("mode", "nearest") == "nearest" else {
      throw ONNXFolding.Failure(expected: "the mode nearest", found: node.text("mode", ""))
    }
    let scales = try node.floats("scales") ?? constant(node, 1).floats
    return try enlarged(node, tensor, try wholeFactors(scales), .nearest)
  }

  private func wholeFactors(_ scales: [Float]) throws -> [Int] {
    try scales.map { scale in
      guard let factor = Int(exactly: scale), (1...(1 << 20)).contains(factor) else {
        throw ONNXFolding.Failure(expected: "whole factors", found: "\(scale)")
      }
      return factor
    }
  }

  private mutating func enlarged(
    _ node: ONNXNode, _ tensor: ONNXReference, _ factors: [Int], _ method: Upsampling.Method
  ) throws -> ONNXValue {
    guard factors.count == 4, tensor.axes.count == 3, factors[0] == 1 else {
      throw ONNXFolding.Failure(expected: "factors of rows and columns", found: "\(factors)")
    }
    var ofAxes = [1, 1, 1]
    for (axis, factor) in zip(tensor.axes, factors.dropFirst()) { ofAxes[axis] = factor }
    guard ofAxes[0] == 1 else { return try enlargedPlain(node, tensor, factors, method) }
    guard ofAxes != [1, 1, 1] else { return .tensor(tensor) }
    let payload = Upsampling(factor: Extent(ofAxes[1], ofAxes[2]), method: method)
    return .tensor(
      ONNXReference(try draft.append(.upsampling(payload), to: [tensor.node], named: name(node)), axes: tensor.axes))
  }

  /// The axes in the graph's order first, as its rows and columns are not the network's.
  private mutating func enlargedPlain(
    _ node: ONNXNode, _ tensor: ONNXReference, _ factors: [Int], _ method: Upsampling.Method
  ) throws -> ONNXValue {
    guard factors[1] == 1 else {
      throw ONNXFolding.Failure(expected: "factors of rows and columns", found: "\(factors)")
    }
    return try enlarged(node, ONNXReference(try plain(tensor, name(node)), rank: 3), factors, method)
  }

  /// The ways to enlarge by whole factors that the operation set has.
  private func method(of node: ONNXNode) throws -> Upsampling.Method {
    let mode = node.text("mode", "nearest")
    // Version 10 knows one way alone, which later ones call asymmetric.
    let coordinates = opset(node) < 11 ? "asymmetric" : node.text("coordinate_transformation_mode", "half_pixel")
    let rounding = opset(node) < 11 ? "floor" : node.text("nearest_mode", "round_prefer_floor")
    switch (mode, coordinates) {
    case ("nearest", "asymmetric") where rounding == "floor": return .nearest
    // Around the middle of a pixel, all roundings to the nearest agree for whole factors.
    case ("nearest", "half_pixel"), ("nearest", "pytorch_half_pixel"):
      if rounding.hasPrefix("round_prefer") { return .nearest }
    case ("nearest", "tf_half_pixel_for_nn") where rounding == "floor": return .nearest
    case ("linear", "half_pixel"), ("linear", "pytorch_half_pixel"): return .bilinear
    case ("linear", "align_corners"): return .bilinearAlignedCorners
    default: break
    }
    throw ONNXFolding.Failure(
      expected: "nearest (asymmetric, floor) or linear (half_pixel, align_corners)",
      found: "\(mode), \(coordinates), \(rounding)")
  }
}
