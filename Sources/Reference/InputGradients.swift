import Networks

extension NodeEvaluation {
  /// The gradients of `sum(output · cotangent)` with respect to each of the inputs.
  func inputGradients(of cotangent: Tensor<Double>, output: Tensor<Double>) -> [Tensor<Double>] {
    let shape = inputs[0].shape
    switch node.operation {
    case .input: return [cotangent]
    case .convolution(let payload):
      return [payload.inputGradient(of: cotangent, weight: parameter(.weight), to: shape)]
    case .transposedConvolution(let payload):
      return [payload.inputGradient(of: cotangent, weight: parameter(.weight), to: shape)]
    case .dense(let payload):
      return [payload.inputGradient(of: cotangent, weight: parameter(.weight), to: shape)]
    case .pooling(let payload): return [payload.inputGradient(of: cotangent, input: inputs[0])]
    case .globalPooling(let payload): return [payload.inputGradient(of: cotangent, input: inputs[0])]
    case .activation(let activation):
      return [product(cotangent, inputs[0].scalars.map(activation.derivative))]
    case .parametricReLU(let payload):
      return [payload.inputGradient(of: cotangent, input: inputs[0], slope: parameter(.slope))]
    case .softmax: return [softmaxGradient(of: cotangent, output: output)]
    case .logSoftmax: return [logSoftmaxGradient(of: cotangent, output: output)]
    case .flatten, .reshape, .permute, .zeroPadding, .cropping: return [scatter(cotangent, sources(), to: shape)]
    case .upsampling(let payload): return [payload.inputGradient(of: cotangent, to: shape)]
    case .batchNormalization(let payload): return [normalized(payload.normalization(of: shape), cotangent)]
    case .layerNormalization(let payload): return [normalized(payload.normalization(of: shape), cotangent)]
    case .groupNormalization(let payload): return [normalized(payload.normalization(of: shape), cotangent)]
    case .affine:
      return [
        like(
          perChannel(of: shape).transformed(
            cotangent.scalars, scale: parameters[.scale]?.scalars, shift: nil))
      ]
    case .dropout(let rate): return [product(cotangent, dropoutScales(rate: rate))]
    case .add: return inputs.map { _ in cotangent }
    case .multiply: return productGradients(of: cotangent)
    case .concatenate(let axis): return split(cotangent, axis: axis, to: inputs.map(\.shape))
    }
  }

  private func normalized(_ normalization: Normalization, _ cotangent: Tensor<Double>) -> Tensor<Double> {
    let moments = moments(of: normalization)
    let scaled = normalization.perChannel.transformed(
      cotangent.scalars, scale: parameters[.scale]?.scalars, shift: nil)
    return like(
      normalization.inputGradient(
        of: scaled, normalized: normalization.normalized(inputs[0].scalars, moments: moments), moments: moments,
        throughMoments: !usesRunningStatistics))
  }
}
