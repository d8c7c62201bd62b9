/// A shape rule that was broken; `Network.append` adds the node's name.
public struct ShapeMismatch: Error, Hashable {
  /// What fits.
  public let expected: String
  /// What was given.
  public let found: String
}

extension Operation {
  /// The shape of one example's output: the only place where shapes are inferred.
  ///
  /// - Parameter inputs: Usable shapes: those of other outputs.
  /// - Returns: A usable shape.
  /// - Throws: `ShapeMismatch` where the inputs or the hyper-parameters do not fit, and where output or weights are too
  ///   large to be counted.
  public func outputShape(of inputs: [Shape]) throws(ShapeMismatch) -> Shape {
    try checkInputCount(inputs.count)
    let shape = try inferredShape(of: inputs)
    guard shape.isUsable else {
      throw ShapeMismatch(expected: "an output with \(Shape.usableExtents)", found: "\(shape)")
    }
    for parameter in parameterShapes(of: inputs) where !parameter.shape.isUsable {
      throw ShapeMismatch(
        expected: "a \(parameter.role.rawValue) with \(Shape.usableExtents)", found: "\(parameter.shape)")
    }
    return shape
  }

  private func checkInputCount(_ count: Int) throws(ShapeMismatch) {
    let (isRight, expected) =
      switch self {
      case .input: (count == 0, "no input")
      case .add, .concatenate: (count >= 2, "two or more inputs")
      case .multiply: (count == 2, "two inputs")
      default: (count == 1, "one input")
      }
    guard isRight else { throw ShapeMismatch(expected: expected, found: "\(count)") }
  }

  /// The one long switch of this file: a shape rule per operation.
  private func inferredShape(of inputs: [Shape]) throws(ShapeMismatch) -> Shape {
    switch self {
    case .input(let shape): return shape
    case .convolution(let payload): return try payload.outputShape(of: try inputs[0].image())
    case .transposedConvolution(let payload): return try payload.outputShape(of: try inputs[0].image())
    case .dense(let payload):
      guard inputs[0].rank == 1 else { throw ShapeMismatch(expected: "a rank-1 input", found: "\(inputs[0])") }
      try check(payload.outputs, "outputs")
      return [payload.outputs]
    case .pooling(let payload): return try payload.outputShape(of: try inputs[0].image())
    case .globalPooling(let payload):
      let image = try inputs[0].image()
      return payload.keepsAxes ? [image[0], 1, 1] : [image[0]]
    case .activation, .softmax, .logSoftmax, .parametricReLU, .batchNormalization: return try inputs[0].channelled()
    case .affine(let payload): return try payload.outputShape(of: try inputs[0].channelled())
    case .dropout(let rate):
      guard rate >= 0, rate < 1 else { throw ShapeMismatch(expected: "a rate in [0, 1)", found: "\(rate)") }
      return inputs[0]
    case .flatten: return [inputs[0].count]
    case .reshape(let payload):
      guard payload.shape.checkedCount == inputs[0].count else {
        throw ShapeMismatch(expected: "\(inputs[0].count) scalars", found: "shape \(payload.shape)")
      }
      return payload.shape
    case .permute(let axes):
      guard axes.sorted() == Array(0..<inputs[0].rank) else {
        throw ShapeMismatch(expected: "each axis of \(inputs[0]) once", found: "\(axes)")
      }
      return Shape(axes.map { inputs[0][$0] })
    case .zeroPadding(let edges):
      try check(edges)
      return try inputs[0].image().growing(by: edges, sign: 1)
    case .cropping(let edges):
      try check(edges)
      return try inputs[0].image().growing(by: edges, sign: -1)
    case .upsampling(let payload):
      let image = try inputs[0].image()
      try check(payload.factor, "factor")
      return [image[0], image[1] * payload.factor.height, image[2] * payload.factor.width]
    case .layerNormalization(let payload):
      guard !payload.axes.isEmpty, payload.axes == Set(payload.axes).sorted(),
        payload.axes.allSatisfy({ inputs[0].extents.indices.contains($0) })
      else { throw ShapeMismatch(expected: "ascending axes of \(inputs[0])", found: "\(payload.axes)") }
      return inputs[0]
    case .groupNormalization(let payload):
      let shape = try inputs[0].channelled()
      guard payload.groups > 0, shape[0] % payload.groups == 0 else {
        throw ShapeMismatch(expected: "a number of groups that divides \(shape[0])", found: "\(payload.groups)")
      }
      return shape
    case .add:
      for shape in inputs where shape != inputs[0] {
        throw ShapeMismatch(expected: "inputs of one shape, \(inputs[0])", found: "\(shape)")
      }
      return inputs[0]
    case .multiply: return try productShape(inputs[0], inputs[1])
    case .concatenate(let axis): return try concatenatedShape(inputs, axis: axis)
    }
  }
}

private func productShape(_ a: Shape, _ b: Shape) throws(ShapeMismatch) -> Shape {
  if a == b { return a }
  if a.rank == 3, b == [a[0], 1, 1] { return a }
  if b.rank == 3, a == [b[0], 1, 1] { return b }
  throw ShapeMismatch(expected: "equal shapes, or C×1×1 against C×H×W", found: "\(a) and \(b)")
}

private func concatenatedShape(_ inputs: [Shape], axis: Int) throws(ShapeMismatch) -> Shape {
  guard inputs[0].extents.indices.contains(axis) else {
    throw ShapeMismatch(expected: "an axis of \(inputs[0])", found: "\(axis)")
  }
  var extents = inputs[0].extents
  for shape in inputs.dropFirst() {
    var others = shape.extents
    guard others.count == extents.count else {
      throw ShapeMismatch(expected: "inputs of rank \(extents.count)", found: "\(shape)")
    }
    others[axis] = extents[axis]
    guard others == extents else {
      throw ShapeMismatch(expected: "the extents of \(inputs[0]) on all axes but \(axis)", found: "\(shape)")
    }
    extents[axis] += shape[axis]
  }
  return Shape(extents)
}

extension Shape {
  /// Whether a network may have an activation or a weight of this shape. The bound keeps sums and products of extents
  /// and hyper-parameters inside an `Int`, whatever a file says; it is far beyond what fits a machine.
  var isUsable: Bool { checkedCount.map { (1...(1 << 36)).contains($0) } ?? false }

  /// What `isUsable` asks for.
  static let usableExtents = "extents of at least 1 and at most 2³⁶ scalars"

  fileprivate func image() throws(ShapeMismatch) -> Shape {
    guard rank == 3 else { throw ShapeMismatch(expected: "an image of shape C×H×W", found: "\(self)") }
    return self
  }

  fileprivate func channelled() throws(ShapeMismatch) -> Shape {
    guard rank >= 1 else { throw ShapeMismatch(expected: "at least one axis", found: "\(self)") }
    return self
  }

  fileprivate func growing(by edges: Edges, sign: Int) -> Shape {
    [extents[0], extents[1] + sign * (edges.top + edges.bottom), extents[2] + sign * (edges.left + edges.right)]
  }
}

private func check(_ value: Int, _ name: String, atLeast least: Int = 1) throws(ShapeMismatch) {
  // The bound keeps products of hyper-parameters from a file inside an Int.
  guard (least...(1 << 24)).contains(value) else {
    throw ShapeMismatch(
      expected: "\(name) of at least \(least)\(value > least ? ", at most 2²⁴" : "")", found: "\(value)")
  }
}

private func check(_ extent: Extent, _ name: String, atLeast least: Int = 1) throws(ShapeMismatch) {
  try check(extent.height, name, atLeast: least)
  try check(extent.width, name, atLeast: least)
}

private func check(_ edges: Edges) throws(ShapeMismatch) {
  for side in [edges.top, edges.bottom, edges.left, edges.right] { try check(side, "padding", atLeast: 0) }
}

/// ⌊(extent + padding − window) / stride⌋ + 1, or an error where the window does not fit.
private func windowCount(
  extent: Int, padding: Int, window: Int, stride: Int, roundsUp: Bool, leading: Int
) throws(ShapeMismatch) -> Int {
  let room = extent + padding - window
  guard room >= 0 else {
    throw ShapeMismatch(expected: "a window of at most \(extent + padding) with padding", found: "\(window)")
  }
  guard roundsUp else { return room / stride + 1 }
  let count = (room + stride - 1) / stride + 1
  // PyTorch's rule: the last window starts inside the input or the padding before it.
  return (count - 1) * stride >= extent + leading ? count - 1 : count
}

extension Convolution {
  fileprivate func outputShape(of image: Shape) throws(ShapeMismatch) -> Shape {
    try check(outputChannels, "output channels")
    try check(groups, "groups")
    try check(kernel, "kernel")
    try check(stride, "stride")
    try check(dilation, "dilation")
    try check(padding)
    guard image[0] % groups == 0, outputChannels % groups == 0 else {
      throw ShapeMismatch(
        expected: "groups that divide \(image[0]) input and \(outputChannels) output channels", found: "\(groups)")
    }
    let height = try windowCount(
      extent: image[1], padding: padding.top + padding.bottom, window: dilation.height * (kernel.height - 1) + 1,
      stride: stride.height, roundsUp: false, leading: padding.top)
    let width = try windowCount(
      extent: image[2], padding: padding.left + padding.right, window: dilation.width * (kernel.width - 1) + 1,
      stride: stride.width, roundsUp: false, leading: padding.left)
    return [outputChannels, height, width]
  }
}

extension Affine {
  fileprivate func outputShape(of input: Shape) throws(ShapeMismatch) -> Shape {
    for values in [initialScale, initialShift] {
      guard [1, input[0]].contains(values.count), values.allSatisfy(\.isFinite) else {
        throw ShapeMismatch(
          expected: "one finite initial value, or one for each of \(input[0]) channels", found: "\(values)")
      }
    }
    return input
  }
}

extension TransposedConvolution {
  fileprivate func outputShape(of image: Shape) throws(ShapeMismatch) -> Shape {
    try check(outputChannels, "output channels")
    try check(groups, "groups")
    try check(kernel, "kernel")
    try check(stride, "stride")
    try check(dilation, "dilation")
    try check(outputPadding, "output padding", atLeast: 0)
    try check(padding)
    guard image[0] % groups == 0, outputChannels % groups == 0 else {
      throw ShapeMismatch(
        expected: "groups that divide \(image[0]) input and \(outputChannels) output channels", found: "\(groups)")
    }
    guard outputPadding.height < max(stride.height, dilation.height),
      outputPadding.width < max(stride.width, dilation.width)
    else { throw ShapeMismatch(expected: "an output padding below stride or dilation", found: "\(outputPadding)") }
    let height =
      (image[1] - 1) * stride.height - padding.top - padding.bottom + dilation.height * (kernel.height - 1) + 1
      + outputPadding.height
    let width =
      (image[2] - 1) * stride.width - padding.left - padding.right + dilation.width * (kernel.width - 1) + 1
      + outputPadding.width
    return [outputChannels, height, width]
  }
}

extension Pooling {
  fileprivate func outputShape(of image: Shape) throws(ShapeMismatch) -> Shape {
    try check(kernel, "kernel")
    try check(stride, "stride")
    try check(padding)
    // A window that lies in the padding alone has no maximum and no mean.
    guard max(padding.top, padding.bottom) < kernel.height, max(padding.left, padding.right) < kernel.width else {
      throw ShapeMismatch(
        expected: "padding smaller than the \(kernel.height)×\(kernel.width) window", found: "\(padding)")
    }
    let height = try windowCount(
      extent: image[1], padding: padding.top + padding.bottom, window: kernel.height, stride: stride.height,
      roundsUp: roundsUp, leading: padding.top)
    let width = try windowCount(
      extent: image[2], padding: padding.left + padding.right, window: kernel.width, stride: stride.width,
      roundsUp: roundsUp, leading: padding.left)
    return [image[0], height, width]
  }
}
