/// A network that ends in logits, made of one that may end in probabilities or in one output alone.
public struct LogitNetwork {
  /// The network; its `outputTransforms` hold what was taken off.
  public private(set) var network: Network
  /// The weights that are left, and those that were added.
  public private(set) var parameters: Parameters
  /// Notes for the user.
  public private(set) var notes: [Note] = []

  private let source: Network

  /// Removes the layers after the logits.
  ///
  /// Without all weights (`parameters` holds at most the constants of the structure) one output stays one output, and
  /// sums of probabilities stay as they are.
  public init(_ network: Network, _ parameters: Parameters) throws(NetworkError) {
    source = network
    self.network = network
    self.parameters = parameters
    let isComplete = network.parameterSpecifications.allSatisfy { parameters.tensors[$0.key] != nil }
    let layers = LayersAfterLogits(network, parameters)
    if !layers.transforms.isEmpty {
      try rebuild(to: layers.logits, thenShaping: layers.shaping)
      self.network.outputTransforms = layers.transforms + network.outputTransforms
      notes.append(Self.note(on: layers.transforms, isOneOutput: network.outputShape.count == 1))
    }
    try takeJoinedActivationsOff()
    if isComplete {
      try takeCombinationOff()
      try makeTwoClasses()
      warnOfProbabilities()
    }
  }

  // MARK: Rebuilding

  /// Keeps what a node depends on, and appends nodes that reshape its output.
  private mutating func rebuild(to last: Int, thenShaping shaping: [Int] = []) throws(NetworkError) {
    let (kept, places) = try network.subnetwork(computing: [last])
    var result = kept
    for index in shaping {
      let node = network.nodes[index]
      try result.append(node.operation, named: node.name)
    }
    precondition(places[last] == kept.outputIndex, "a node that comes last because nothing else was kept")
    result.outputTransforms = network.outputTransforms
    network = result
    keepKnownParameters()
  }

  private mutating func keepKnownParameters() {
    let known = Set(network.parameterSpecifications.map(\.key))
    parameters.tensors = parameters.tensors.filter { known.contains($0.key) }
  }

  // MARK: Combinations of several outputs

  /// Heads of one class each, every one behind the same increasing function.
  private mutating func takeJoinedActivationsOff() throws(NetworkError) {
    let last = network.nodes[network.outputIndex]
    guard case .concatenate = last.operation, last.shape.count > 1,
      case .activation(let activation) = network.nodes[last.inputs[0]].operation, activation.increasesAndSaturates,
      last.inputs.allSatisfy({ network.nodes[$0].operation == .activation(activation) })
    else { return }
    let values = last.inputs.map { network.nodes[$0].inputs[0] }
    var (result, places) = try network.subnetwork(computing: values)
    try result.append(last.operation, named: last.name, to: values.map { places[$0] ?? 0 })
    result.outputTransforms = [.activation(activation)] + network.outputTransforms
    network = result
    notes.append(Self.note(on: [.activation(activation)], isOneOutput: false))
  }

  private mutating func takeCombinationOff() throws(NetworkError) {
    guard network.outputShape.count > 1,
      let logarithm = LogarithmOfOutput(of: network.outputIndex, network, parameters), logarithm.isCombination
    else { return }
    let (kept, places) = try network.subnetwork(computing: logarithm.arguments)
    var appender = LogarithmAppender(network: kept, parameters: parameters, places: places, source: network)
    _ = try appender.append(logarithm)
    let transforms: [OutputTransform]
    switch logarithm.total {
    case nil: transforms = [.combination]
    // The tolerance allows for two roundings of the factor of a mean.
    case let total? where abs(total - 1) < 1e-6: transforms = [.softmax]
    case let total?: transforms = [.softmax, .affine(scale: total, shift: 0)]
    }
    appender.network.outputTransforms = transforms + network.outputTransforms
    (network, parameters) = (appender.network, appender.parameters)
    keepKnownParameters()
    notes.append("The model ends in sums or products of probabilities: their logarithms are the logits.")
  }

  /// One output z becomes two classes with logits 0 and z.
  private mutating func makeTwoClasses() throws(NetworkError) {
    guard network.outputShape == [1], network.outputTransforms.first != .oneOutput else { return }
    let last = network.nodes[network.outputIndex]
    var two: Dense
    if case .dense(let payload) = last.operation, let weight = parameters[last.name, .weight] {
      two = payload
      two.outputs = 2
      let zeros = [Float](repeating: 0, count: weight.shape[1])
      parameters[last.name, .weight] = Tensor(shape: [2, weight.shape[1]], scalars: zeros + weight.scalars)
      if let bias = parameters[last.name, .bias] {
        parameters[last.name, .bias] = Tensor(shape: [2], scalars: [0] + bias.scalars)
      }
      let inputs = last.inputs
      let transforms = network.outputTransforms
      network = try network.droppingLast()
      try network.append(.dense(two), named: last.name, to: inputs)
      network.outputTransforms = transforms
    } else {
      // A mean of probabilities stays one: its threshold is 1/2, and not 0.
      let isProbability = saturatingNode(before: network.outputIndex, where: \.isProbability) != nil
      let name = network.freeName("two_classes")
      try network.append(.dense(Dense(outputs: 2, hasBias: isProbability)), named: name)
      parameters[name, .weight] = Tensor(shape: [2, 1], scalars: [0, 1])
      if isProbability {
        parameters[name, .bias] = Tensor(shape: [2], scalars: [0, -0.5])
        network.outputTransforms.insert(.affine(scale: 1, shift: 0.5), at: 0)
      }
    }
    network.outputTransforms.insert(.oneOutput, at: 0)
    notes.append("One output: taken as two classes, logits 0 and z; class 1 is meant where z is above 0.")
  }

  // MARK: Notes

  private static func note(on steps: [OutputTransform], isOneOutput: Bool) -> Note {
    if steps == [.softmax] { return "The final softmax was taken off: the outputs are logits." }
    let names = steps.compactMap(\.title)
    let subject =
      names.count == 1
      ? "The final \(names[0]) was taken off" : "Taken off at the end: \(names.joined(separator: ", then "))"
    let reason =
      isOneOutput
      ? "the side of its threshold is that of the value before"
      : "the order of the classes is that of the values before, which are the logits"
    return "\(subject); \(reason)."
  }

  /// Warns of outputs that are still made of probabilities.
  private mutating func warnOfProbabilities() {
    guard let name = saturatingNode(before: network.outputIndex, where: \.isBounded) else { return }
    notes.append(
      .warning(
        "the outputs are made of the bounded or clipped values of '\(name)', and not logits: gradients vanish near their "
          + "bounds, and robust accuracy is an upper bound."))
  }

  /// The name of a node whose bounded values reach the output through sums, products and changes of shape alone.
  private func saturatingNode(before index: Int, where isMeant: (Activation) -> Bool) -> String? {
    var visited: Set<Int> = []
    var stack = [index]
    while let index = stack.popLast() {
      guard visited.insert(index).inserted else { continue }
      let node = network.nodes[index]
      switch node.operation {
      case .softmax: return node.name
      case .activation(let activation) where isMeant(activation): return node.name
      case .dense where network.outputTransforms.first == .oneOutput && index == network.outputIndex:
        // The row of zeros and what was added to one output change nothing of what is before them.
        if parameters[node.name, .weight]?.shape == [2, 1] { stack += node.inputs }
      case .add, .multiply, .concatenate, .affine, .dropout, .flatten, .reshape, .permute: stack += node.inputs
      default: break
      }
    }
    return nil
  }
}

extension OutputTransform {
  /// What was taken off, in words.
  var title: String? {
    switch self {
    case .softmax: "softmax"
    case .logSoftmax: "logarithm of a softmax"
    case .activation(let activation): activation.title
    case .affine: "scaling"
    case .oneOutput, .combination: nil
    }
  }
}

extension Activation {
  fileprivate var title: String {
    switch self {
    case .relu: "ReLU"
    case .relu6: "ReLU6"
    case .leakyReLU: "leaky ReLU"
    case .elu: "ELU"
    case .selu: "SELU"
    case .gelu: "GELU"
    case .silu: "SiLU"
    case .hardSwish: "hard swish"
    case .sigmoid: "sigmoid"
    case .hardSigmoid: "hard sigmoid"
    case .tanh: "tanh"
    case .softplus: "softplus"
    }
  }
}
