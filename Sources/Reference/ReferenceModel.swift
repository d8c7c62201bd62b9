public import Networks

/// How a network is run.
public enum Mode: Sendable {
  /// Running statistics in batch normalisation, dropout as the identity.
  case inference
  /// Statistics of the batch in batch normalisation, with gradients through them, and dropout masks.
  case training(TrainingContext)
}

/// A network in double precision, in plain loops: the oracle against which every faster engine is checked.
public struct ReferenceModel: Sendable {
  /// The structure.
  public let network: Network
  /// The weights. Names and shapes must not change.
  public var parameters: ParameterSet<Double>

  /// Creates a model.
  ///
  /// - Throws: `NetworkError` where a parameter is missing, superfluous, of another shape, or beyond single precision.
  public init(network: Network, parameters: ParameterSet<Double>) throws {
    try network.check(Parameters(parameters.tensors.mapValues(\.float)))
    self.network = network
    self.parameters = parameters
  }

  /// The network's output in inference mode: logits `[N, K]` for a classifier.
  public func logits(of images: Tensor<Double>) -> Tensor<Double> {
    output(of: images, mode: .inference)
  }

  /// The network's output; no other activation is kept.
  func output(of images: Tensor<Double>, mode: Mode) -> Tensor<Double> {
    check(images, mode)
    return network.evaluate { index, inputs in
      evaluation(of: index, inputs: index == 0 ? [images] : inputs, mode: mode).output()
    }
  }

  /// The output of every node, in the order of the nodes.
  public func activations(of images: Tensor<Double>, mode: Mode) -> [Tensor<Double>] {
    check(images, mode)
    var outputs: [Tensor<Double>] = []
    for index in network.nodes.indices {
      outputs.append(evaluation(of: index, images: images, outputs: outputs, mode: mode).output())
    }
    return outputs
  }

  private func check(_ images: Tensor<Double>, _ mode: Mode) {
    precondition(images.shape.example == network.inputShape, "images of another shape than the network's")
    if case .training(let context) = mode {
      precondition(context.exampleIDs.count == images.exampleCount, "as many example numbers as images")
    }
  }

  /// The output, and the gradients of `sum(output · cotangent)` with respect to the images and to every parameter.
  ///
  /// Running statistics are parameters too: their gradient is zero in training mode, where they are not used.
  ///
  /// - Precondition: `cotangent` has the shape of the output.
  public func pullback(
    at images: Tensor<Double>, cotangent: Tensor<Double>, mode: Mode = .inference
  ) -> (output: Tensor<Double>, inputGradient: Tensor<Double>, parameterGradients: ParameterSet<Double>) {
    let outputs = activations(of: images, mode: mode)
    let (inputGradient, parameterGradients) = gradients(
      images: images, outputs: outputs, cotangent: cotangent, mode: mode)
    return (outputs[network.outputIndex], inputGradient, parameterGradients)
  }

  /// One pass in training mode: what a trainable model has to return, for a loss given by its logit cotangent.
  public func trainingPass(
    at images: Tensor<Double>, context: TrainingContext,
    cotangent: (_ logits: Tensor<Double>) throws -> Tensor<Double>
  ) rethrows -> TrainingPass<Double> {
    let outputs = activations(of: images, mode: .training(context))
    let logits = outputs[network.outputIndex]
    var (_, gradients) = gradients(
      images: images, outputs: outputs, cotangent: try cotangent(logits), mode: .training(context))
    for specification in network.parameterSpecifications where !specification.isTrainable {
      gradients.tensors[specification.key] = nil
    }
    return TrainingPass(logits: logits, gradients: gradients, batchStatistics: batchStatistics(of: outputs))
  }

  /// Back-propagation. Images and parameters that the output does not depend on have the gradient zero.
  private func gradients(
    images: Tensor<Double>, outputs: [Tensor<Double>], cotangent: Tensor<Double>, mode: Mode
  ) -> (inputGradient: Tensor<Double>, parameterGradients: ParameterSet<Double>) {
    precondition(cotangent.shape == outputs[network.outputIndex].shape, "a cotangent of another shape than the output")
    var inputGradient = Tensor<Double>(shape: images.shape)
    var parameterGradients = ParameterSet(parameters.tensors.mapValues { Tensor<Double>(shape: $0.shape) })
    var backpropagation = Backpropagation<Tensor<Double>>(through: network, to: [.images, .parameters])
    backpropagation.start(from: cotangent)
    while let (index, gradient) = backpropagation.next(adding: { _, a, b in sum(a, b) }) {
      guard index > 0 else {
        inputGradient = gradient
        continue
      }
      let evaluation = evaluation(of: index, images: images, outputs: outputs, mode: mode)
      for (position, part) in evaluation.inputGradients(of: gradient, output: outputs[index]).enumerated() {
        backpropagation.contribute(part, to: position, of: index)
      }
      for (role, part) in evaluation.parameterGradients(of: gradient) {
        parameterGradients[network.nodes[index].name, role] = part
      }
    }
    return (inputGradient, parameterGradients)
  }

  /// Mean and unbiased variance of this batch in every batch normalisation.
  private func batchStatistics(of outputs: [Tensor<Double>]) -> ParameterSet<Double> {
    var statistics = ParameterSet<Double>()
    for node in network.nodes {
      guard case .batchNormalization(let payload) = node.operation else { continue }
      let input = outputs[node.inputs[0]]
      let normalization = payload.normalization(of: input.shape)
      let moments = normalization.moments(of: input.scalars)
      let channels: Shape = [node.shape[0]]
      statistics[node.name, .mean] = Tensor(shape: channels, scalars: moments.mean)
      statistics[node.name, .variance] = Tensor(
        shape: channels, scalars: normalization.unbiasedVariance(from: moments, scalarCount: input.scalars.count))
    }
    return statistics
  }

  private func evaluation(
    of index: Int, images: Tensor<Double>, outputs: [Tensor<Double>], mode: Mode
  ) -> NodeEvaluation {
    evaluation(of: index, inputs: index == 0 ? [images] : network.nodes[index].inputs.map { outputs[$0] }, mode: mode)
  }

  private func evaluation(of index: Int, inputs: [Tensor<Double>], mode: Mode) -> NodeEvaluation {
    var nodeParameters: [ParameterRole: Tensor<Double>] = [:]
    for specification in network.parameterSpecifications(of: index) {
      nodeParameters[specification.key.role] = parameters.tensors[specification.key]
    }
    return NodeEvaluation(
      node: network.nodes[index], index: index, inputs: inputs, parameters: nodeParameters, mode: mode)
  }
}
