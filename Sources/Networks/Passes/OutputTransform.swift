/// A function between the logits of a network and the outputs of the model that it was read from.
///
/// Networks end in logits. What a model does with them afterwards is removed and recorded, so that it can be restored
/// where the model is written again.
public enum OutputTransform: Hashable, Sendable, Codable {
  /// Softmax over the classes.
  case softmax
  /// The logarithm of softmax.
  case logSoftmax
  /// An increasing function of every logit.
  case activation(Activation)
  /// A scale above 0 and a shift, the same for all classes.
  case affine(scale: Float, shift: Float)
  /// One output in place of two logits: their difference.
  case oneOutput
  /// A sum or product of probabilities whose logarithm the logits are, and which no single operation puts back.
  case combination
}

extension Network {
  /// Whether the model this network was read from ended in a softmax, and nothing else, which was taken off.
  public var hadFinalSoftmax: Bool {
    get { outputTransforms == [.softmax] }
    set { outputTransforms = newValue ? [.softmax] : [] }
  }

  /// The network and the weights of the model with its outputs as they were: what was taken off is put back as nodes.
  public func restoringOutputTransforms(_ parameters: Parameters) throws(NetworkError) -> (Network, Parameters) {
    var (network, weights) = try restoringOneOutput(parameters)
    for step in network.outputTransforms {
      let operation: Operation
      switch step {
      case .softmax: operation = .softmax
      case .logSoftmax: operation = .logSoftmax
      case .activation(let activation): operation = .activation(activation)
      case .affine(let scale, let shift):
        operation = .affine(Affine(initialScale: [scale], initialShift: [shift]))
      case .oneOutput, .combination:
        throw NetworkError(
          node: network.nodes[network.outputIndex].name, expected: "an end that one operation puts back",
          found: "a sum or product of probabilities, which was taken off")
      }
      let name = network.freeName(operation.kindName)
      try network.append(operation, named: name)
      if case .affine(let scale, let shift) = step {
        let channels: Shape = [network.outputShape[0]]
        weights[name, .scale] = Tensor(shape: channels, repeating: scale)
        weights[name, .shift] = Tensor(shape: channels, repeating: shift)
      }
    }
    network.outputTransforms = []
    return (network, weights)
  }

  /// The network and the weights of the model with its one output; themselves where it had several.
  ///
  /// What was trained since with two logits is the same classifier: one output is their difference.
  public func restoringOneOutput(_ parameters: Parameters) throws(NetworkError) -> (Network, Parameters) {
    guard outputTransforms.first == .oneOutput else { return (self, parameters) }
    let last = nodes[outputIndex]
    guard case .dense(var payload) = last.operation, payload.outputs == 2, let weight = parameters[last.name, .weight]
    else {
      throw NetworkError(node: last.name, expected: "a dense layer of the two classes", found: last.operation.kindName)
    }
    var (network, weights) = (try droppingLast(), parameters)
    network.outputTransforms = Array(outputTransforms.dropFirst())
    for role in [ParameterRole.weight, .bias] { weights[last.name, role] = nil }
    let rows = weight.shape[1]
    // The node that an output without a dense layer was given.
    if rows == 1, !payload.hasBias, weight.scalars == [0, 1], last.inputs == [outputIndex - 1] {
      return (network, weights)
    }
    payload.outputs = 1
    try network.append(.dense(payload), named: last.name, to: last.inputs)
    let difference = (0..<rows).map { weight.scalars[rows + $0] - weight.scalars[$0] }
    weights[last.name, .weight] = Tensor(shape: [1, rows], scalars: difference)
    if let bias = parameters[last.name, .bias] {
      weights[last.name, .bias] = Tensor(shape: [1], scalars: [bias.scalars[1] - bias.scalars[0]])
    }
    return (network, weights)
  }
}
