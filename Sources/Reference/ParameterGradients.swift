import Networks

extension NodeEvaluation {
  /// The gradients of `sum(output · cotangent)` with respect to each of the parameters.
  func parameterGradients(of cotangent: Tensor<Double>) -> [ParameterRole: Tensor<Double>] {
    let shape = inputs[0].shape
    switch node.operation {
    case .convolution(let payload): return weighted(payload, cotangent)
    case .transposedConvolution(let payload): return weighted(payload, cotangent)
    case .dense(let payload): return weighted(payload, cotangent)
    case .parametricReLU(let payload):
      return present([.slope: payload.slopeGradient(of: cotangent, input: inputs[0])])
    case .batchNormalization(let payload):
      let normalization = payload.normalization(of: shape)
      return normalized(normalization, cotangent)
        .merging(present(runningStatisticsGradients(normalization, cotangent))) { _, new in new }
    case .layerNormalization(let payload): return normalized(payload.normalization(of: shape), cotangent)
    case .groupNormalization(let payload): return normalized(payload.normalization(of: shape), cotangent)
    case .affine:
      let perChannel = perChannel(of: shape)
      return present([
        .scale: perChannel.sums(of: product(cotangent, inputs[0].scalars).scalars),
        .shift: perChannel.sums(of: cotangent.scalars),
      ])
    case .input, .pooling, .globalPooling, .activation, .softmax, .logSoftmax, .flatten, .reshape, .permute,
      .zeroPadding,
      .cropping, .upsampling, .dropout, .add, .multiply, .concatenate:
      return [:]
    }
  }

  private func weighted(
    _ operation: some BilinearOperation, _ cotangent: Tensor<Double>
  ) -> [ParameterRole: Tensor<Double>] {
    let weight = operation.weightGradient(of: cotangent, input: inputs[0], to: parameter(.weight).shape)
    return present([.weight: weight, .bias: perChannel(of: cotangent.shape).sums(of: cotangent.scalars)])
  }

  private func normalized(
    _ normalization: Normalization, _ cotangent: Tensor<Double>
  ) -> [ParameterRole: Tensor<Double>] {
    let normalized = normalization.normalized(inputs[0].scalars, moments: moments(of: normalization))
    return present([
      .scale: normalization.perChannel.sums(of: product(cotangent, normalized).scalars),
      .shift: normalization.perChannel.sums(of: cotangent.scalars),
    ])
  }

  private func runningStatisticsGradients(
    _ normalization: Normalization, _ cotangent: Tensor<Double>
  ) -> [ParameterRole: [Double]] {
    let moments = moments(of: normalization)
    guard usesRunningStatistics else {
      return [.mean: moments.mean.map { _ in 0 }, .variance: moments.mean.map { _ in 0 }]
    }
    let scaled = normalization.perChannel.transformed(
      cotangent.scalars, scale: parameters[.scale]?.scalars, shift: nil)
    let gradients = normalization.momentGradients(of: scaled, input: inputs[0].scalars, moments: moments)
    return [.mean: gradients.mean, .variance: gradients.variance]
  }

  /// Those gradients whose parameter this node has, in the parameter's shape.
  private func present(_ gradients: [ParameterRole: [Double]]) -> [ParameterRole: Tensor<Double>] {
    var result: [ParameterRole: Tensor<Double>] = [:]
    for (role, scalars) in gradients {
      guard let parameter = parameters[role] else { continue }
      result[role] = Tensor(shape: parameter.shape, scalars: scalars)
    }
    return result
  }
}
