import Networks

/// Functions of single scalars, and what scales them per channel.
extension ONNXWriter {
  mutating func activation(_ activation: Activation) {
    switch activation {
    case .relu: append("Relu", [input])
    case .relu6: append("Clip", [input, constant("minimum", scalar: 0), constant("maximum", scalar: 6)])
    case .leakyReLU(let slope): append("LeakyRelu", [input], [("alpha", .float(slope))])
    case .elu(let alpha): append("Elu", [input], [("alpha", .float(alpha))])
    case .selu:
      append(
        "Selu", [input],
        [("alpha", .float(Float(Activation.seluAlpha))), ("gamma", .float(Float(Activation.seluScale)))])
    case .gelu(approximate: false): gelu()
    case .gelu(approximate: true): approximateGELU()
    case .silu: append("Mul", [input, append("Sigmoid", [input])])
    case .hardSwish: append("HardSwish", [input])
    case .sigmoid: append("Sigmoid", [input])
    case .hardSigmoid(let slope): append("HardSigmoid", [input], [("alpha", .float(slope)), ("beta", .float(0.5))])
    case .tanh: append("Tanh", [input])
    case .softplus: append("Softplus", [input])
    }
  }

  /// `x · (1 + erf(x / √2)) · 1/2`, in the steps of PyTorch's exporter.
  private mutating func gelu() {
    let quotient = append("Div", [input, constant("root", scalar: Float(2.0.squareRoot()))])
    let sum = append("Add", [append("Erf", [quotient]), constant("one", scalar: 1)])
    append("Mul", [append("Mul", [input, sum]), constant("half", scalar: 0.5)])
  }

  /// `x · (1 + tanh(√(2/π) · (x + 0.044715 · x³))) · 1/2`.
  private mutating func approximateGELU() {
    let cube = append("Mul", [append("Mul", [input, input]), input])
    let sum = append("Add", [input, append("Mul", [cube, constant("coefficient", scalar: 0.044715)])])
    let root = constant("root", scalar: Float((2 / Double.pi).squareRoot()))
    let tanh = append("Tanh", [append("Mul", [sum, root])])
    let factor = append("Add", [tanh, constant("one", scalar: 1)])
    append("Mul", [append("Mul", [input, factor]), constant("half", scalar: 0.5)])
  }

  mutating func parametricReLU() {
    append("PRelu", [input] + [perChannel(.slope)].compactMap(\.self))
  }

  /// The values times the node's scale, and plus its shift, where it has them.
  mutating func scaleAndShift(_ value: String) {
    var value = value
    if let scale = perChannel(.scale) { value = append("Mul", [value, scale]) }
    if let shift = perChannel(.shift) { append("Add", [value, shift]) }
  }

  /// Adds a parameter `[C]` as `[C, 1, 1]`, or with as many axes of extent 1 as an example has: ONNX aligns the last axes.
  private mutating func perChannel(_ role: ParameterRole) -> String? {
    let axes = [Int](repeating: 1, count: inputShape.rank - 1)
    return parameter(role) { $0.reshaped(to: Shape($0.shape.extents + axes)) }
  }

  mutating func add() {
    var sum = inputs[0]
    for input in inputs.dropFirst() { sum = append("Add", [sum, input]) }
  }
}
