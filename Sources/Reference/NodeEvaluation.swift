import Networks

/// The evaluation of one node on a batch; the three interpreters (`output`, `inputGradients`, `parameterGradients`)
/// extend it.
struct NodeEvaluation {
  /// The operation with its place in the network.
  let node: Network.Node
  /// The node's index in the network.
  let index: Int
  /// The batches it works on; the images for node 0.
  let inputs: [Tensor<Double>]
  /// Its parameters; those that its options switch off are absent.
  let parameters: [ParameterRole: Tensor<Double>]
  /// Inference or training.
  let mode: Mode

  /// The shape of the output batch.
  var outputShape: Shape { node.shape.batched(inputs[0].exampleCount) }

  /// A parameter the operation cannot do without.
  func parameter(_ role: ParameterRole) -> Tensor<Double> {
    guard let tensor = parameters[role] else {
      preconditionFailure("node '\(node.name)' has lost its \(role.rawValue)")
    }
    return tensor
  }

  /// An array of this operation's output shape as a tensor.
  func output(_ scalars: [Double]) -> Tensor<Double> {
    Tensor(shape: outputShape, scalars: scalars)
  }

  /// An array of the first input's shape as a tensor.
  func like(_ scalars: [Double]) -> Tensor<Double> {
    Tensor(shape: inputs[0].shape, scalars: scalars)
  }
}

/// The element-wise sum of two tensors of one shape.
func sum(_ a: Tensor<Double>, _ b: Tensor<Double>) -> Tensor<Double> {
  Tensor(shape: a.shape, scalars: zip(a.scalars, b.scalars).map(+))
}
