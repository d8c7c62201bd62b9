import Networks

/// Plain functions of tensors.
extension KerasBuilder {
  /// The activations that are functions of their own, as classes of Keras 3 and by name.
  static let activationFunctions = [
    "HardSigmoid": "hard_sigmoid", "HardSilu": "hard_silu", "Mish": "mish", "Relu": "relu", "Relu6": "relu6",
    "Selu": "selu", "Sigmoid": "sigmoid", "Silu": "silu", "Softplus": "softplus", "Tanh": "tanh",
  ]

  /// A function of a tensor and numbers, one for all or one for each channel: an affine map, or a ReLU.
  mutating func arithmetic(_ operands: [KerasOperand<KerasTensor>], _ nested: NestedLayer) throws -> KerasTensor {
    guard operands.count == 2, let input = operands.lazy.compactMap(\.tensor).first,
      let json = operands.lazy.compactMap(\.numbers).first
    else {
      throw nested.layer.failure(expected: "one tensor, or one and numbers", found: "\(operands.count) operands")
    }
    guard let numbers = KerasNumbers(json) else {
      throw nested.layer.failure(expected: "numbers in rows of one length", found: json.summary)
    }
    let tensorIsFirst = operands[0].tensor != nil
    let values = numbers.values
    switch nested.layer.className {
    case "Add": return try scaled(input, by: [1], plus: values, numbers, nested)
    case "Subtract" where tensorIsFirst: return try scaled(input, by: [1], plus: values.map { -$0 }, numbers, nested)
    case "Subtract": return try scaled(input, by: [-1], plus: values, numbers, nested)
    case "Multiply": return try scaled(input, by: values, plus: [0], numbers, nested)
    case "TrueDivide" where tensorIsFirst, "Divide" where tensorIsFirst:
      return try scaled(input, by: values.map { 1 / $0 }, plus: [0], numbers, nested)
    case "Maximum" where values == [0]: return try append(.activation(.relu), nested, to: input)
    default: throw nested.layer.failure("is called with \(json.summary), which is not supported")
    }
  }

  /// `scale · x + shift`, of which one is as many numbers as `numbers`.
  private mutating func scaled(
    _ input: KerasTensor, by scale: [Double], plus shift: [Double], _ numbers: KerasNumbers, _ nested: NestedLayer
  ) throws -> KerasTensor {
    guard (scale + shift).allSatisfy({ Float($0).isFinite }) else {
      throw nested.layer.failure(expected: "finite factors and sums", found: "\(numbers.values.prefix(4))")
    }
    var input = input
    if numbers.values.count > 1 {
      guard let axis = numbers.axis(ofRank: input.shape.rank) else {
        throw nested.layer.failure(
          expected: "one number, or one for each channel", found: "an array of shape \(Shape(numbers.shape))")
      }
      input = try channelled(input, axis: axis, nested)
    }
    let output = try append(.affine(Affine()), nested, to: input)
    try setAffine(output, scale: scale, shift: shift, nested)
    return output
  }

  /// `−x`.
  mutating func negative(_ input: KerasTensor, _ nested: NestedLayer, suffix: String = "") throws -> KerasTensor {
    try affine(input, scale: -1, shift: 0, nested, suffix: suffix)
  }

  /// The value as it is: networks compute in single precision.
  func cast(_ input: KerasTensor, _ nested: NestedLayer) throws -> KerasTensor {
    guard let type = nested.layer.config["dtype"]?.string, ["float32", "float64"].contains(type) else {
      throw nested.layer.failure(
        expected: "a cast to float32", found: nested.layer.config["dtype"]?.summary ?? "none")
    }
    return input
  }

  /// The largest of the inputs at each place: a pooling over them side by side, which rounds nothing.
  mutating func maximum(_ inputs: [KerasTensor], _ nested: NestedLayer) throws -> KerasTensor {
    let inputs = try alike(inputs, nested)
    let shape = inputs[0].shape
    if let other = inputs.first(where: { $0.shape != shape }) {
      throw nested.layer.failure(expected: "inputs of one shape, \(shape)", found: "\(other.shape)")
    }
    let row = Reshape(to: [shape[0], 1, shape.count / shape[0]])
    let rows = try inputs.map { try append(.reshape(row), nested, suffix: "_row", to: [$0], layout: .asIs) }
    let stack = try append(.concatenate(axis: 1), nested, suffix: "_rows", to: rows, layout: .asIs)
    let pooling = Pooling(.max, kernel: Extent(inputs.count, 1))
    let largest = try append(.pooling(pooling), nested, suffix: "_largest", to: stack)
    return try append(.reshape(Reshape(to: shape)), nested, to: [largest], layout: inputs[0].layout)
  }

  /// `−max(−a, −b, …)`.
  mutating func minimum(_ inputs: [KerasTensor], _ nested: NestedLayer) throws -> KerasTensor {
    let negatives = try inputs.map { try negative($0, nested, suffix: "_negated") }
    return try negative(try maximum(negatives, nested), nested, suffix: "_least")
  }
}

/// Numbers in the call of a plain function.
struct KerasNumbers {
  let values: [Double]
  /// The extents of the array; none for a single number.
  let shape: [Int]

  /// Nil where the rows of the array are not of one length.
  init?(_ json: JSONValue) {
    guard let values = json.numbers, let shape = Self.shape(of: json) else { return nil }
    self.values = values
    self.shape = shape
  }

  private static func shape(of json: JSONValue) -> [Int]? {
    guard let elements = json.array else { return [] }
    let inner = elements.map { shape(of: $0) }
    guard let first = inner.first, let first, inner.allSatisfy({ $0 == first }) else { return nil }
    return [elements.count] + first
  }

  /// The axis of an example of that rank along which the numbers go: NumPy's broadcasting aligns the last axes. Nil
  /// where they go along several, or along the batch.
  func axis(ofRank rank: Int) -> Int? {
    let axes = shape.indices.filter { shape[$0] > 1 }
    guard axes.count == 1 else { return nil }
    let axis = rank - (shape.count - axes[0])
    return axis >= 0 ? axis : nil
  }
}
