import Networks

/// Scales and shifts by constants. They become a part of the layer before, where that has room for them, as exporters
/// write biases, normalisations and image preprocessing as several operators.
extension ONNXBuilder {
  /// The numbers of a constant that is repeated over a tensor: one, or one for each index of the first axis of the
  /// network's node; nil where it varies along another axis.
  func channelValues(_ constant: ONNXConstant, of tensor: ONNXReference) throws -> [Float]? {
    let extents = extents(tensor)
    guard broadcastExtents(constant.extents, extents) == extents else {
      throw ONNXFolding.Failure(
        expected: "a constant for each image of \(Shape(Array(extents.dropFirst())))",
        found: "the extents \(Shape(constant.extents))")
    }
    if let uniform = constant.uniform { return [uniform] }
    let padded = [Int](repeating: 1, count: extents.count - constant.extents.count) + constant.extents
    guard padded[0] == 1 else { throw joinsImages("a constant for each of \(padded[0]) images") }
    let longer = tensor.axes.indices.filter { padded[$0 + 1] > 1 }.map { tensor.axes[$0] }
    return longer == [0] ? constant.floats : nil
  }

  /// `scale · x + shift` by numbers.
  mutating func affine(
    _ tensor: ONNXReference, scale: Double, shift: Double, _ node: ONNXNode
  ) throws -> ONNXReference {
    ONNXReference(try affine(tensor.node, [scale], [shift], name(node)), axes: tensor.axes)
  }

  /// `scale · x + shift` by constants.
  mutating func affine(
    _ tensor: ONNXReference, scale: ONNXConstant, shift: ONNXConstant, _ node: ONNXNode
  ) throws -> ONNXReference {
    if let scales = try channelValues(scale, of: tensor), let shifts = try channelValues(shift, of: tensor) {
      let output = try affine(tensor.node, scales.map { Double($0) }, shifts.map { Double($0) }, name(node))
      if scales.count == 1, shifts == [0] { multiples[output] = (tensor, scales[0]) }
      return ONNXReference(output, axes: tensor.axes)
    }
    // Another number for each scalar: as if each were a channel.
    let plain = try plain(tensor, name(node))
    let shape = draft.shape(plain)
    let extents = [1] + shape.extents
    guard let scales = scale.broadcast(to: extents)?.floats, let shifts = shift.broadcast(to: extents)?.floats else {
      throw ONNXFolding.Failure(expected: "constants for images of \(shape)", found: "others")
    }
    let flat = try reshaped(plain, [shape.count], name(node))
    let output = try affine(flat, scales.map { Double($0) }, shifts.map { Double($0) }, name(node))
    return ONNXReference(try reshaped(output, shape, name(node)), rank: shape.rank)
  }

  /// `scale · x + shift` by one number, or one for each index of the first axis.
  private mutating func affine(
    _ node: Int, _ scale: [Double], _ shift: [Double], _ name: String
  ) throws -> Int {
    guard scale != [1] || shift != [0] else { return node }
    if let merged = try merged(node, scale, shift) { return merged }
    let channels = draft.shape(node)[0]
    func spread(_ values: [Double]) -> Tensor<Float> {
      Tensor(shape: [channels], scalars: (0..<channels).map { Float(values[values.count == 1 ? 0 : $0]) })
    }
    let payload = Affine(initialScale: scale.map { Float($0) }, initialShift: shift.map { Float($0) })
    return try draft.append(
      .affine(payload), to: [node], named: name, [.scale: spread(scale), .shift: spread(shift)])
  }

  /// A copy of the node before with scale and shift in its own parameters; nil where it has no room for them.
  private mutating func merged(_ index: Int, _ scale: [Double], _ shift: [Double]) throws -> Int? {
    let node = draft.nodes[index]
    let isShift = scale == [1]
    let channels = node.shape[0]
    func spread(_ values: [Double]) -> Tensor<Float> {
      Tensor(shape: [channels], scalars: (0..<channels).map { Float(values[values.count == 1 ? 0 : $0]) })
    }
    var tensors = node.tensors
    switch node.operation {
    case .affine(let payload):
      let (a, b) = (payload.initialScale, payload.initialShift)
      let count = max(a.count, b.count, scale.count, shift.count)
      func at<Number: BinaryFloatingPoint>(_ values: [Number], _ index: Int) -> Double {
        Double(values[values.count == 1 ? 0 : index])
      }
      let scales = (0..<count).map { at(a, $0) * at(scale, $0) }
      let shifts = (0..<count).map { at(b, $0) * at(scale, $0) + at(shift, $0) }
      return try affine(node.inputs[0], scales, shifts, node.name)
    case .dense(var payload) where isShift && !payload.hasBias:
      payload.hasBias = true
      tensors[.bias] = spread(shift)
      return try draft.append(.dense(payload), to: node.inputs, named: node.name, tensors)
    case .convolution(var payload) where isShift && !payload.hasBias:
      payload.hasBias = true
      tensors[.bias] = spread(shift)
      return try draft.append(.convolution(payload), to: node.inputs, named: node.name, tensors)
    case .groupNormalization(var payload) where !payload.hasShift && (isShift || !payload.hasScale):
      if !isShift { (payload.hasScale, tensors[.scale]) = (true, spread(scale)) }
      if shift != [0] { (payload.hasShift, tensors[.shift]) = (true, spread(shift)) }
      return try draft.append(.groupNormalization(payload), to: node.inputs, named: node.name, tensors)
    case .layerNormalization(var payload)
    where payload.axes == [0] && !payload.hasShift && (isShift || !payload.hasScale):
      if !isShift { (payload.hasScale, tensors[.scale]) = (true, spread(scale)) }
      if shift != [0] { (payload.hasShift, tensors[.shift]) = (true, spread(shift)) }
      return try draft.append(.layerNormalization(payload), to: node.inputs, named: node.name, tensors)
    default: return nil
    }
  }

  /// `(x − offset) · scale` of scikit-learn's converter.
  mutating func scaler(_ node: ONNXNode) throws -> ONNXValue {
    let tensor = try tensor(node)
    let (offset, scale) = (node.floats("offset") ?? [0], node.floats("scale") ?? [1])
    let moved = try affine(
      tensor, scale: ONNXConstant(scalar: 1),
      shift: ONNXConstant(extents: [offset.count], values: .floats(offset.map { -$0 })), node)
    return .tensor(
      try affine(
        moved, scale: ONNXConstant(extents: [scale.count], values: .floats(scale)), shift: ONNXConstant(scalar: 0),
        node))
  }
}
