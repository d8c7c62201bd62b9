public import Hyperparameters

/// The initial weights of convolutions and dense layers.
///
/// Fans are PyTorch's: of a weight `[A, B, KH, KW]`, fan-in is B·KH·KW and fan-out A·KH·KW (also for transposed
/// convolutions, where A counts inputs).
public enum Initializer: String, Hashable, Sendable, Codable, CaseIterable, HyperparameterType {
  /// PyTorch's default: weights and biases uniform in ±1/√fan-in (its Kaiming-uniform with a = √5).
  case pyTorch = "pytorch"
  /// Normal with variance 2/fan-in, biases 0; He et al., arXiv 1502.01852.
  case heNormal = "he-normal"
  /// Uniform with variance 2/fan-in, biases 0.
  case heUniform = "he-uniform"
  /// Uniform with variance 2/(fan-in + fan-out), biases 0: Keras' default; Glorot and Bengio 2010.
  case glorotUniform = "glorot-uniform"
  /// Normal with deviation √(2π)/fan-in, biases 0: the widths of interval bounds neither grow nor shrink from layer to
  /// layer at first; Shi et al., arXiv 2103.17268.
  case intervalBounds = "ibp"

  /// Fills a weight of that shape.
  func weight(_ shape: Shape, stream: inout RandomStream) -> Tensor<Float> {
    let (fanIn, fanOut) = fans(of: shape)
    switch self {
    case .pyTorch: return uniform(shape, bound: 1 / fanIn.squareRoot(), stream: &stream)
    case .heNormal: return normal(shape, deviation: (2 / fanIn).squareRoot(), stream: &stream)
    case .intervalBounds: return normal(shape, deviation: (2 * Double.pi).squareRoot() / fanIn, stream: &stream)
    case .heUniform: return uniform(shape, bound: (6 / fanIn).squareRoot(), stream: &stream)
    case .glorotUniform: return uniform(shape, bound: (6 / (fanIn + fanOut)).squareRoot(), stream: &stream)
    }
  }

  /// Fills a bias whose weight has that shape.
  func bias(_ shape: Shape, weight: Shape, stream: inout RandomStream) -> Tensor<Float> {
    switch self {
    case .pyTorch: uniform(shape, bound: 1 / fans(of: weight).fanIn.squareRoot(), stream: &stream)
    case .heNormal, .heUniform, .glorotUniform, .intervalBounds: Tensor(shape: shape)
    }
  }
}

private func fans(of weight: Shape) -> (fanIn: Double, fanOut: Double) {
  let taps = weight.extents.dropFirst(2).reduce(1, *)
  return (Double(weight[1] * taps), Double(weight[0] * taps))
}

private func normal(_ shape: Shape, deviation: Double, stream: inout RandomStream) -> Tensor<Float> {
  var tensor = Tensor<Float>(shape: shape)
  let deviation = Float(deviation)
  tensor.withUnsafeMutableScalars { scalars in
    stream.fillNormal(scalars)
    for i in scalars.indices { scalars[i] *= deviation }
  }
  return tensor
}

private func uniform(_ shape: Shape, bound: Double, stream: inout RandomStream) -> Tensor<Float> {
  var tensor = Tensor<Float>(shape: shape)
  let bound = Float(bound)
  tensor.withUnsafeMutableScalars { scalars in
    stream.fillUniform(scalars)
    for i in scalars.indices { scalars[i] = bound * (2 * scalars[i] - 1) }
  }
  return tensor
}

extension ParameterSet<Float> {
  /// The most scalars a network may have: 8 GiB of weights. Sizes may come from a file.
  private static let largestCount = 1 << 31

  /// The weights a network starts training from. Normalisations start as the identity (scale 1, shift 0, mean 0,
  /// variance 1), slopes of parametric ReLUs at 0.25, affine maps at their `initialScale` and `initialShift`.
  ///
  /// Each tensor has a random stream of its own, keyed by its node's index and its role.
  ///
  /// - Throws: `NetworkError` where the network is too large for memory.
  public static func initial(
    for network: Network, random: RandomSource, initializer: Initializer = .pyTorch
  ) throws(NetworkError) -> Parameters {
    var parameters = Parameters()
    var count = 0
    for index in network.nodes.indices {
      let specifications = network.parameterSpecifications(of: index)
      let weight = specifications.first { $0.key.role == .weight }?.shape ?? []
      for specification in specifications {
        let size = specification.shape.checkedCount ?? .max
        guard size <= largestCount - count else {
          throw NetworkError(
            node: network.nodes[index].name, expected: "at most \(largestCount) parameters in the network",
            found: "a \(specification.key.role.rawValue) of \(specification.shape)")
        }
        count += size
        let role = specification.key.role
        var stream = random.stream(.initialization, example: index, step: streamNumber(of: role))
        parameters.tensors[specification.key] =
          network.nodes[index].operation.fixedInitialValue(of: role, specification.shape)
          ?? initialValue(of: role, specification.shape, weight: weight, initializer, &stream)
      }
    }
    return parameters
  }

  private static func initialValue(
    of role: ParameterRole, _ shape: Shape, weight: Shape, _ initializer: Initializer, _ stream: inout RandomStream
  ) -> Tensor<Float> {
    switch role {
    case .weight: initializer.weight(shape, stream: &stream)
    case .bias: initializer.bias(shape, weight: weight, stream: &stream)
    case .scale, .variance: Tensor(shape: shape, repeating: 1)
    case .shift, .mean: Tensor(shape: shape)
    case .slope: Tensor(shape: shape, repeating: 0.25)
    }
  }

  /// Fixed, so that adding a role does not change what a seed gives.
  private static func streamNumber(of role: ParameterRole) -> Int {
    switch role {
    case .weight: 0
    case .bias: 1
    case .scale, .shift, .mean, .variance, .slope: 2
    }
  }
}

extension Operation {
  /// The initial value of a parameter that the operation itself determines.
  fileprivate func fixedInitialValue(of role: ParameterRole, _ shape: Shape) -> Tensor<Float>? {
    guard case .affine(let payload) = self else { return nil }
    let values = role == .scale ? payload.initialScale : payload.initialShift
    return values.count == 1
      ? Tensor(shape: shape, repeating: values[0]) : Tensor(shape: shape, scalars: values)
  }
}
