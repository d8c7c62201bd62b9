import Networks

/// One node at work on a batch; the three interpreters (`output`, `inputGradients`, `parameterGradients`) extend it.
struct NodeEvaluation {
  /// The operation with its place in the network.
  let node: Network.Node
  /// The node's index in the network.
  let index: Int
  /// The batches it works on; the images for node 0.
  let inputs: [Tensor<Double>]
  /// Its parameters; roles its options switch off are absent.
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

/// Row-major offsets into a tensor of rank 4, read as `[N, C, H, W]`; axes beyond the shape's rank have extent 1 and
/// those beyond four are joined to the last.
struct Layout {
  /// N, or the first axis of a weight.
  let count: Int
  /// C, or the second axis of a weight.
  let channels: Int
  /// H.
  let height: Int
  /// W.
  let width: Int

  init(_ shape: Shape) {
    let extents = shape.extents + [1, 1, 1]
    count = extents[0]
    channels = extents[1]
    height = extents[2]
    width = extents[3...].reduce(1, *)
  }

  /// The scalars of one channel.
  var area: Int { height * width }

  /// The number of scalars.
  var size: Int { count * channels * area }

  /// The place of one scalar.
  @inline(__always)
  func offset(_ n: Int, _ c: Int, _ row: Int, _ column: Int) -> Int {
    ((n * channels + c) * height + row) * width + column
  }

  /// The channel of the scalar at `offset`.
  @inline(__always)
  func channel(at offset: Int) -> Int { offset / area % channels }
}
