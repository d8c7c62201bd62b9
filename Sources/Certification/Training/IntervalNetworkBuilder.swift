import Networks

/// Appends the nodes of an `IntervalNetwork` and notes how their parameters follow from the classifier's.
struct IntervalNetworkBuilder {
  private let base: Network
  private(set) var network: Network
  private(set) var derivations: [ParameterKey: Derivation] = [:]
  /// The nodes of bounds, by the index of the classifier's node.
  private var pairs: [Pair] = []

  /// A node whose first axis has lower and upper bounds.
  private struct Pair {
    let node: Int
    let axis: PairedAxis
  }

  /// Begins with the classifier itself, under its own names.
  init(_ base: Network) throws(NetworkError) {
    self.base = base
    _ = try base.classCount()
    network = base
    network.outputTransforms = []
    for specification in base.parameterSpecifications {
      derivations[specification.key] = .copy(specification.key)
    }
  }

  /// Appends the box: max(x − ε, low) and min(x + ε, high).
  ///
  /// As low + relu(x − ε − low) and high − relu(high − ε − x); two shifts depend on ε and nothing else does.
  mutating func appendBox(_ pixels: ClosedRange<Float>) throws(NetworkError) {
    let (low, high) = (Double(pixels.lowerBound), Double(pixels.upperBound))
    let channels = base.inputShape.rank > 0 ? base.inputShape[0] : 1
    let axis = PairedAxis(block: channels)
    let above = try append(.affine(Affine()), "above", to: [0])
    let below = try append(.affine(Affine()), "below", to: [0])
    derive(above, .scale, .constant(Array(repeating: 1, count: channels)))
    derive(above, .shift, .withoutRadius(-low))
    derive(below, .scale, .constant(Array(repeating: -1, count: channels)))
    derive(below, .shift, .withoutRadius(high))
    let both = try append(.concatenate(axis: 0), "room", to: [above, below])
    let clipped = try append(.activation(.relu), "clipped", to: [both])
    let box = try append(.affine(Affine()), "box", to: [clipped])
    derive(box, .scale, .constant(Array(repeating: 1, count: channels) + Array(repeating: -1, count: channels)))
    derive(box, .shift, .constant(Array(repeating: low, count: channels) + Array(repeating: high, count: channels)))
    pairs.append(Pair(node: box, axis: axis))
  }

  /// Appends the bounds of every node, the margins, and the outputs.
  ///
  /// - Parameter inner: Nodes whose bounds are outputs too.
  /// - Returns: Where they are among the outputs.
  /// - Throws: `NetworkError` for an operation that intervals do not pass through.
  mutating func appendBounds(inner: [Int]) throws(NetworkError) -> [InnerBounds] {
    var last = base.nodes.indices.dropFirst()
    let output = base.nodes[base.outputIndex]
    var layer: String?
    if case .dense = output.operation {
      layer = output.name
      last = last.dropLast()
    }
    for index in last { pairs.append(try pair(of: index)) }
    let margins = try appendMargins(of: layer, from: pairs[layer == nil ? base.outputIndex : output.inputs[0]])
    var (outputs, places, start) = ([base.outputIndex, margins], [InnerBounds](), network.outputShape.count)
    start += base.outputShape.count
    for node in inner {
      let (pair, shape) = (pairs[node], base.nodes[node].shape)
      let area = shape.rank > 0 ? shape.count / shape[0] : 1
      outputs.append(
        shape.rank == 1
          ? pair.node : try append(.flatten(.channelsFirst), "outputs/\(base.nodes[node].name)", to: [pair.node]))
      places.append(
        InnerBounds(
          node: node, start: start, count: shape.count, axis: PairedAxis(block: pair.axis.block * area)))
      start += 2 * shape.count
    }
    try append(.concatenate(axis: 0), "outputs", to: outputs)
    return places
  }

  /// Appends a dense layer for all differences of the rows of the last one, or of the outputs where `layer` is nil.
  private mutating func appendMargins(of layer: String?, from pair: Pair) throws(NetworkError) -> Int {
    let classes = try base.classCount()
    let bias = layer.map { ParameterKey($0, .bias) }.flatMap { derivations[$0] == nil ? nil : $0 }
    let margins = try append(
      .dense(Dense(outputs: classes * classes, hasBias: bias != nil)), "margins", to: [pair.node])
    if let bias { derive(margins, .bias, .biasDifferences(bias)) }
    guard let layer else {
      derive(margins, .weight, .unitDifferences(classes: classes, columns: pair.axis))
      return margins
    }
    derive(margins, .weight, .differences(ParameterKey(layer, .weight), columns: pair.axis))
    return margins
  }

  /// Appends the bounds of one node: the one long switch of this file.
  private mutating func pair(of index: Int) throws(NetworkError) -> Pair {
    let node = base.nodes[index]
    let inputs = node.inputs.map { pairs[$0] }
    switch node.operation {
    case .convolution(var payload):
      try checkGroups(payload.groups, index)
      payload.outputChannels *= 2
      return try weighted(.convolution(payload), index, rows: PairedAxis(block: 1), columns: inputs[0].axis)
    case .transposedConvolution(var payload):
      try checkGroups(payload.groups, index)
      payload.outputChannels *= 2
      return try weighted(
        .transposedConvolution(payload), index, rows: inputs[0].axis, columns: PairedAxis(block: 1))
    case .dense(var payload):
      payload.outputs *= 2
      return try weighted(.dense(payload), index, rows: PairedAxis(block: 1), columns: inputs[0].axis)
    case .affine(let payload): return try normalization(payload, index)
    case .activation(let activation):
      guard activation.isMonotone else { throw refusal(index, "an activation that never falls, such as relu or tanh") }
      return try same(index)
    case .pooling, .globalPooling, .zeroPadding, .cropping, .upsampling: return try same(index)
    case .flatten(let order): return try flatten(order, index)
    case .permute(let axes):
      guard axes.first == 0 else { throw refusal(index, "axes behind the first one permuted") }
      return try same(index)
    case .dropout(let rate):
      guard rate == 0 else { throw refusal(index, "a network without dropout") }
      return inputs[0]
    case .add, .concatenate:
      guard inputs.allSatisfy({ $0.axis == inputs[0].axis }) else {
        throw refusal(index, "inputs that are all flattened, or all not")
      }
      return try same(index)
    case .batchNormalization:
      throw refusal(index, "a network without batch normalisation, whose statistics training changes")
    case .parametricReLU: throw refusal(index, "a slope that training does not change, such as a leaky relu's")
    case .softmax, .logSoftmax, .multiply, .layerNormalization, .groupNormalization, .reshape, .input:
      throw refusal(index, "an operation that interval bounds pass through")
    }
  }

  private func refusal(_ index: Int, _ expected: String) -> NetworkError {
    NetworkError(
      node: base.nodes[index].name, expected: "\(expected), for training by interval bounds",
      found: base.nodes[index].operation.kindName)
  }

  /// A group must have the lower and upper bounds of its own channels.
  private func checkGroups(_ groups: Int, _ index: Int) throws(NetworkError) {
    let input = base.nodes[index].inputs[0]
    guard groups > 1, base.nodes[input].shape[0] / groups % pairs[input].axis.block != 0 else { return }
    throw refusal(index, "a layer without groups as the first one")
  }

  private mutating func weighted(
    _ operation: Operation, _ index: Int, rows: PairedAxis, columns: PairedAxis
  ) throws(NetworkError) -> Pair {
    let node = base.nodes[index]
    let appended = try append(operation, node.name, to: node.inputs.map { pairs[$0].node })
    derive(appended, .weight, .signedParts(ParameterKey(node.name, .weight), rows: rows, columns: columns))
    let axis = PairedAxis(block: 1)
    let bias = ParameterKey(node.name, .bias)
    if derivations[bias] != nil { derive(appended, .bias, .twice(bias, axis)) }
    return Pair(node: appended, axis: axis)
  }

  /// Input normalisation: frozen, and its scales are positive (`IntervalNetwork.parameters` checks that).
  private mutating func normalization(_ payload: Affine, _ index: Int) throws(NetworkError) -> Pair {
    guard !payload.isTrainable else { throw refusal(index, "a scale that training does not change") }
    let (name, input) = (base.nodes[index].name, pairs[base.nodes[index].inputs[0]])
    let appended = try append(.affine(Affine(hasShift: payload.hasShift)), name, to: [input.node])
    derive(appended, .scale, .twice(ParameterKey(name, .scale), input.axis))
    if payload.hasShift { derive(appended, .shift, .twice(ParameterKey(name, .shift), input.axis)) }
    return Pair(node: appended, axis: input.axis)
  }

  /// An operation that is monotone in every input: it maps lower to lower and upper to upper bounds.
  private mutating func same(_ index: Int) throws(NetworkError) -> Pair {
    let node = base.nodes[index]
    let inputs = node.inputs.map { pairs[$0] }
    return Pair(node: try append(node.operation, node.name, to: inputs.map(\.node)), axis: inputs[0].axis)
  }

  private mutating func flatten(_ order: AxisOrder, _ index: Int) throws(NetworkError) -> Pair {
    let (pair, shape) = (try same(index), base.inputShapes(of: index)[0])
    if order == .channelsLast, shape.rank == 3 { return pair }
    let area = shape.rank > 0 ? shape.count / shape[0] : 1
    return Pair(node: pair.node, axis: PairedAxis(block: pair.axis.block * area))
  }

  @discardableResult
  private mutating func append(
    _ operation: Operation, _ name: String, to inputs: [Int]
  ) throws(NetworkError) -> Int {
    try network.append(operation, named: "bounds/\(name)", to: inputs)
  }

  private mutating func derive(_ node: Int, _ role: ParameterRole, _ derivation: Derivation) {
    derivations[ParameterKey(network.nodes[node].name, role)] = derivation
  }
}

extension Activation {
  /// Whether the function never falls.
  fileprivate var isMonotone: Bool {
    switch self {
    case .relu, .relu6, .selu, .sigmoid, .tanh, .softplus: true
    case .leakyReLU(let slope): slope >= 0
    case .elu(let alpha): alpha >= 0
    case .hardSigmoid(let slope): slope >= 0
    case .gelu, .silu, .hardSwish: false
    }
  }
}
