import Networks

/// Appends the nodes of a `BackwardNetwork`: those of the classifier from the last to the first, each turning the
/// coefficients of its output into coefficients of its inputs and a constant term.
struct BackwardNetworkBuilder {
  private let base: Network
  private let layout: BackwardNetwork.Layout
  private(set) var network: Network
  private(set) var derivations: [ParameterKey: Derivation] = [:]
  /// For each node of the classifier the nodes whose sum is its output's coefficients.
  private var coefficients: [[Int]]
  /// Nodes of one scalar, whose sum is the bound.
  private var terms: [Int] = []

  init(_ base: Network, layout: BackwardNetwork.Layout) throws(NetworkError) {
    (self.base, self.layout) = (base, layout)
    network = try Network(inputShape: [1, 1, layout.count])
    coefficients = Array(repeating: [], count: base.nodes.count)
  }

  mutating func appendAll() throws(NetworkError) {
    coefficients[base.outputIndex] = [try slice("function", from: 0, shape: base.outputShape)]
    for index in base.nodes.indices.reversed() where !coefficients[index].isEmpty {
      let sum = coefficients[index]
      try appendNode(index, sum.count == 1 ? sum[0] : append(.add, index, "sum", to: sum))
    }
    try network.append(.add, named: "bound", to: terms)
  }

  /// One node backwards: the one long switch of this file.
  private mutating func appendNode(_ index: Int, _ output: Int) throws(NetworkError) {
    let node = base.nodes[index]
    switch node.operation {
    case .input: try appendBox(output)
    case .dense(let payload):
      if payload.hasBias { try appendTerm(index, "bias", of: output, .bias, area: 1) }
      let size = base.inputShapes(of: index)[0].count
      let transposed = try append(.dense(Dense(outputs: size, hasBias: false)), index, "transposed", to: [output])
      derive(transposed, .transposed(ParameterKey(node.name, .weight)))
      coefficients[node.inputs[0]].append(transposed)
    case .convolution(let payload):
      if payload.hasBias { try appendTerm(index, "bias", of: output, .bias, area: node.shape[1] * node.shape[2]) }
      let transposed = try append(
        .transposedConvolution(transpose(of: payload, index)), index, "transposed", to: [output])
      derive(transposed, .copy(ParameterKey(node.name, .weight)))
      coefficients[node.inputs[0]].append(transposed)
    case .affine(let payload):
      if payload.hasShift { try appendTerm(index, "shift", of: output, .shift, area: node.shape.count / node.shape[0]) }
      let scaled = try append(.affine(Affine(hasShift: false)), index, "scaled", to: [output])
      derivations[ParameterKey(network.nodes[scaled].name, .scale)] = .copy(ParameterKey(node.name, .scale))
      coefficients[node.inputs[0]].append(scaled)
    case .activation(.relu): try appendRectifier(index, output)
    case .flatten(let order):
      let shape = base.inputShapes(of: index)[0]
      coefficients[node.inputs[0]].append(
        shape.rank == 1
          ? output : try append(.reshape(Reshape(to: shape, order: order)), index, "unflattened", to: [output]))
    case .add: for input in node.inputs { coefficients[input].append(output) }
    case .dropout(let rate) where rate == 0: coefficients[node.inputs[0]].append(output)
    case .activation, .pooling, .globalPooling, .transposedConvolution, .parametricReLU, .softmax, .logSoftmax,
      .reshape, .permute, .zeroPadding, .cropping, .upsampling, .batchNormalization, .layerNormalization,
      .groupNormalization, .dropout, .multiply, .concatenate:
      throw NetworkError(
        node: node.name,
        expected: "convolutions, dense layers, ReLUs, sums and flattening, for training by backward bounds",
        found: node.operation.kindName)
    }
  }

  /// relu(z) between α z and s z + t: positive coefficients take the lower line, negative ones the upper.
  private mutating func appendRectifier(_ index: Int, _ output: Int) throws(NetworkError) {
    let input = base.nodes[index].inputs[0]
    guard let place = layout.relaxations.first(where: { $0.node == input }) else { return }
    let (positive, negative) = try signs(index, output)
    func line(_ name: String, _ part: Int, _ coefficients: Int) throws(NetworkError) -> Int {
      let line = try slice(
        "\(base.nodes[index].name)/\(name)", from: place.start + part * place.count, shape: base.nodes[input].shape)
      return try append(.multiply, index, "\(name)-part", to: [coefficients, line])
    }
    coefficients[input] += [try line("lower", 0, positive), try line("upper", 1, negative)]
    terms.append(try sum(index, of: line("offset", 2, negative), "offset-sum"))
  }

  /// Σ A⁺ low − A⁻ high.
  private mutating func appendBox(_ output: Int) throws(NetworkError) {
    let (positive, negative) = try signs(0, output)
    let count = base.inputShape.count
    for (part, name, coefficients) in [(0, "low", positive), (1, "high", negative)] {
      let ends = try slice(name, from: layout.box + part * count, shape: base.inputShape)
      let products = try append(.multiply, 0, "\(name)-part", to: [coefficients, ends])
      terms.append(try sum(0, of: products, "\(name)-sum"))
    }
  }

  /// Positive parts, and the sizes of negative parts.
  private mutating func signs(_ index: Int, _ output: Int) throws(NetworkError) -> (positive: Int, negative: Int) {
    let positive = try append(.activation(.relu), index, "positive", to: [output])
    let opposite = try append(.affine(Affine(hasShift: false)), index, "opposite", to: [output])
    let channels = network.nodes[opposite].shape[0]
    derivations[ParameterKey(network.nodes[opposite].name, .scale)] = .constant(Array(repeating: -1, count: channels))
    return (positive, try append(.activation(.relu), index, "negative", to: [opposite]))
  }

  /// The product of coefficients and a parameter that has one value for each channel of `area` scalars.
  private mutating func appendTerm(
    _ index: Int, _ name: String, of output: Int, _ role: ParameterRole, area: Int
  ) throws(NetworkError) {
    let term = try product(index, of: output, name)
    derive(term, .spread(ParameterKey(base.nodes[index].name, role), area: area))
    terms.append(term)
  }

  private mutating func sum(_ index: Int, of values: Int, _ name: String) throws(NetworkError) -> Int {
    let sum = try product(index, of: values, name)
    derive(sum, .constant(Array(repeating: 1, count: network.nodes[values].shape.count)))
    return sum
  }

  /// A dense layer of one output.
  private mutating func product(_ index: Int, of values: Int, _ name: String) throws(NetworkError) -> Int {
    let vector =
      network.nodes[values].shape.rank == 1
      ? values : try append(.flatten(.channelsFirst), index, "\(name)-flat", to: [values])
    return try append(.dense(Dense(outputs: 1, hasBias: false)), index, name, to: [vector])
  }

  /// A part of the input.
  private mutating func slice(_ name: String, from start: Int, shape: Shape) throws(NetworkError) -> Int {
    let edges = Edges(top: 0, bottom: 0, left: start, right: layout.count - start - shape.count)
    let cut = try network.append(.cropping(edges), named: "\(name)/cut", to: [0])
    return try network.append(.reshape(Reshape(to: shape)), named: "\(name)/values", to: [cut])
  }

  /// The transpose of a convolution: rows and columns that the convolution does not reach stay 0.
  private func transpose(of payload: Convolution, _ index: Int) -> TransposedConvolution {
    let (input, output) = (base.inputShapes(of: index)[0], base.nodes[index].shape)
    func missing(_ axis: Int, _ stride: Int, _ padding: Int, _ dilation: Int, _ kernel: Int) -> Int {
      input[axis] - ((output[axis] - 1) * stride - padding + dilation * (kernel - 1) + 1)
    }
    let (stride, padding, dilation) = (payload.stride, payload.padding, payload.dilation)
    return TransposedConvolution(
      outputChannels: input[0], kernel: payload.kernel, stride: stride, padding: padding,
      outputPadding: Extent(
        missing(1, stride.height, padding.top + padding.bottom, dilation.height, payload.kernel.height),
        missing(2, stride.width, padding.left + padding.right, dilation.width, payload.kernel.width)),
      dilation: dilation, groups: payload.groups, hasBias: false)
  }

  private mutating func append(
    _ operation: Operation, _ index: Int, _ name: String, to inputs: [Int]
  ) throws(NetworkError) -> Int {
    try network.append(operation, named: "\(base.nodes[index].name)/\(name)", to: inputs)
  }

  private mutating func derive(_ node: Int, _ derivation: Derivation) {
    derivations[ParameterKey(network.nodes[node].name, .weight)] = derivation
  }
}
