import Networks

extension NodeEvaluation {
  /// The node's output.
  func output() -> Tensor<Double> {
    switch node.operation {
    case .input: return inputs[0]
    case .convolution(let payload): return weighted(payload)
    case .transposedConvolution(let payload): return weighted(payload)
    case .dense(let payload): return weighted(payload)
    case .pooling(let payload): return payload.forward(inputs[0], to: outputShape)
    case .globalPooling(let payload): return payload.forward(inputs[0], to: outputShape)
    case .activation(let activation): return output(inputs[0].scalars.map(activation.value))
    case .parametricReLU(let payload): return payload.forward(inputs[0], slope: parameter(.slope))
    case .softmax: return softmax(inputs[0])
    case .logSoftmax: return logSoftmax(inputs[0])
    case .flatten, .reshape, .permute, .zeroPadding, .cropping: return gather(inputs[0], sources(), to: outputShape)
    case .upsampling(let payload): return payload.forward(inputs[0], to: outputShape)
    case .batchNormalization(let payload): return normalized(payload.normalization(of: inputs[0].shape))
    case .layerNormalization(let payload): return normalized(payload.normalization(of: inputs[0].shape))
    case .groupNormalization(let payload): return normalized(payload.normalization(of: inputs[0].shape))
    case .affine:
      return output(
        perChannel(of: inputs[0].shape).transformed(
          inputs[0].scalars, scale: parameters[.scale]?.scalars, shift: parameters[.shift]?.scalars))
    case .dropout(let rate): return product(inputs[0], dropoutScales(rate: rate))
    case .add: return inputs.dropFirst().reduce(inputs[0], sum)
    case .multiply: return productOfInputs()
    case .concatenate(let axis): return concatenate(inputs, axis: axis, to: outputShape)
    }
  }

  private func weighted(_ operation: some BilinearOperation) -> Tensor<Double> {
    operation.forward(
      inputs[0], weight: parameter(.weight), bias: parameters[.bias], to: outputShape)
  }

  private func normalized(_ normalization: Normalization) -> Tensor<Double> {
    let input = inputs[0].scalars
    let normalized = normalization.normalized(input, moments: moments(of: normalization))
    return output(
      normalization.perChannel.transformed(
        normalized, scale: parameters[.scale]?.scalars, shift: parameters[.shift]?.scalars))
  }
}
