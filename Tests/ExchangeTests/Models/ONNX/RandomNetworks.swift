import Networks

/// Small networks of one kind of operation with random options, whatever fits.
struct RandomNetworks {
  private var stream: RandomStream

  init(seed: UInt64) {
    stream = RandomSource(seed: seed).stream(.check)
  }

  /// A network whose last operation is of that kind.
  mutating func network(of kind: String) throws -> Network {
    for _ in 0..<1000 {
      // Options that do not fit are drawn again.
      if let network = try? draw(kind) { return network }
    }
    throw TestFailure("no \(kind) fits")
  }

  private mutating func draw(_ kind: String) throws -> Network {
    var network = try Network(inputShape: shape(for: kind))
    switch kind {
    case "input": break
    case "add", "concatenate", "multiply": try merge(kind, &network)
    default: try network.append(try operation(kind, network.inputShape), named: "node")
    }
    return network
  }

  private mutating func shape(for kind: String) -> Shape {
    switch kind {
    case "dense": return [integer(1...9)]
    case "add", "softmax", "logSoftmax", "flatten", "reshape", "permute", "batchNormalization", "layerNormalization",
      "groupNormalization", "affine", "dropout", "input", "activation", "parametricReLU":
      return Shape((0..<integer(1...4)).map { _ in integer(1...5) })
    default: return [pick([1, 2, 4, 6]), integer(1...8), integer(1...8)]
    }
  }

  /// The one long switch: options of every kind but those that merge.
  private mutating func operation(_ kind: String, _ shape: Shape) throws -> Operation {
    switch kind {
    case "convolution":
      let groups = pick([1, 2, shape[0]])
      return .convolution(
        Convolution(
          outputChannels: groups * integer(1...3), kernel: extent(1...4), stride: extent(1...3), padding: edges(0...3),
          dilation: extent(1...3), groups: groups, hasBias: flag()))
    case "transposedConvolution":
      let groups = pick([1, 2, shape[0]])
      return .transposedConvolution(
        TransposedConvolution(
          outputChannels: groups * integer(1...3), kernel: extent(1...4), stride: extent(1...3), padding: edges(0...3),
          outputPadding: extent(0...2), dilation: extent(1...3), groups: groups, hasBias: flag()))
    case "dense": return .dense(Dense(outputs: integer(1...6), hasBias: flag()))
    case "pooling":
      let kind = pick([PoolingKind.max, .average(countsPadding: true), .average(countsPadding: false)])
      return .pooling(
        Pooling(kind, kernel: extent(1...4), stride: extent(1...5), padding: edges(0...3), roundsUp: flag()))
    case "globalPooling": return .globalPooling(GlobalPooling(pick([.max, .average]), keepsAxes: flag()))
    case "activation": return .activation(activation())
    case "parametricReLU": return .parametricReLU(ParametricReLU(isShared: flag()))
    case "softmax": return .softmax
    case "logSoftmax": return .logSoftmax
    case "flatten": return .flatten(order())
    case "reshape": return .reshape(Reshape(to: factorization(of: shape.count), order: order()))
    case "permute": return .permute(stream.permutation(shape.rank))
    case "zeroPadding": return .zeroPadding(edges(0...3))
    case "cropping": return .cropping(edges(0...3))
    case "upsampling":
      return .upsampling(Upsampling(factor: extent(1...5), method: pick(Upsampling.Method.allCases)))
    case "batchNormalization":
      return .batchNormalization(BatchNormalization(epsilon: epsilon(), hasScale: flag(), hasShift: flag()))
    case "layerNormalization":
      let axes = (0..<shape.rank).filter { _ in flag() }
      return .layerNormalization(
        LayerNormalization(axes: axes, epsilon: epsilon(), hasScale: flag(), hasShift: flag()))
    case "groupNormalization":
      return .groupNormalization(
        GroupNormalization(groups: integer(1...shape[0]), epsilon: epsilon(), hasScale: flag(), hasShift: flag()))
    case "affine": return .affine(Affine(isTrainable: flag(), hasShift: flag()))
    case "dropout": return .dropout(rate: 0.5)
    default: throw TestFailure("\(kind) has no random options yet")
    }
  }

  private mutating func merge(_ kind: String, _ network: inout Network) throws {
    let count = kind == "multiply" ? 2 : integer(2...4)
    let axis = kind == "concatenate" ? integer(0...2) : 0
    var inputs: [Int] = []
    for number in 1...count {
      let operation: Operation
      switch kind {
      case "multiply" where flag(): operation = .globalPooling(GlobalPooling(.average, keepsAxes: true))
      case "concatenate" where axis == 0:
        operation = .convolution(Convolution(outputChannels: integer(1...3), kernel: Extent(1)))
      case "concatenate":
        operation = .zeroPadding(Edges(top: 0, bottom: axis == 1 ? number : 0, left: axis == 2 ? number : 0, right: 0))
      default: operation = .affine(Affine())
      }
      inputs.append(try network.append(operation, named: "branch\(number)", to: [0]))
    }
    let merged: Operation =
      switch kind {
      case "add": .add
      case "multiply": .multiply
      default: .concatenate(axis: axis)
      }
    // What is merged may come straight from the input, and twice.
    if kind == "add" { inputs += [0, inputs[0]] }
    try network.append(merged, named: "node", to: inputs)
  }

  private mutating func activation() -> Activation {
    pick([
      .relu, .relu6, .leakyReLU(slope: stream.uniform(in: -0.5...1.5)), .elu(alpha: stream.uniform(in: 0.1...2)), .selu,
      .gelu(approximate: false), .gelu(approximate: true), .silu, .hardSwish, .sigmoid,
      .hardSigmoid(slope: pick([1 / 6, 0.2, 0.5])), .tanh, .softplus,
    ])
  }

  /// A shape of that many scalars.
  private mutating func factorization(of count: Int) -> Shape {
    var rest = count
    var extents: [Int] = []
    for _ in 0..<integer(0...3) {
      let divisors = (1...rest).filter { rest % $0 == 0 }
      extents.append(pick(divisors))
      rest /= extents[extents.count - 1]
    }
    return Shape(extents + [rest])
  }

  private mutating func integer(_ range: ClosedRange<Int>) -> Int {
    range.lowerBound + stream.integer(below: range.count)
  }

  private mutating func flag() -> Bool { stream.integer(below: 2) == 1 }
  private mutating func order() -> AxisOrder { pick(AxisOrder.allCases) }
  private mutating func epsilon() -> Float { pick([1e-5, 1e-3]) }
  private mutating func extent(_ range: ClosedRange<Int>) -> Extent { Extent(integer(range), integer(range)) }

  private mutating func edges(_ range: ClosedRange<Int>) -> Edges {
    Edges(top: integer(range), bottom: integer(range), left: integer(range), right: integer(range))
  }

  private mutating func pick<Element>(_ elements: [Element]) -> Element {
    elements[stream.integer(below: elements.count)]
  }
}
