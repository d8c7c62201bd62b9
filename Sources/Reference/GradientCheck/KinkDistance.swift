import Networks

extension ReferenceModel {
  /// How far the nearest kink is from these activations: the smallest change of one scalar before a ReLU, a clipping or
  /// a maximum that makes another formula hold.
  ///
  /// Values that tie for a maximum do not count: where they come from a ReLU they are zeros that stay zeros.
  func kinkDistance(outputs: [Tensor<Double>]) -> Double {
    network.nodes.reduce(.infinity) { nearest, node in
      guard let input = node.inputs.first else { return nearest }
      return min(nearest, node.operation.kinkDistance(input: outputs[input], node: node))
    }
  }
}

extension Operation {
  fileprivate func kinkDistance(input: Tensor<Double>, node: Network.Node) -> Double {
    switch self {
    case .activation(let activation): return distance(of: input.scalars, to: activation.kinks)
    case .parametricReLU: return distance(of: input.scalars, to: [0])
    case .pooling(let payload):
      guard case .max = payload.kind else { return .infinity }
      var nearest = Double.infinity
      payload.forEachWindow(input: input.shape, output: node.shape.batched(input.exampleCount)) { _, places, _ in
        nearest = min(nearest, lead(of: places.map { input.scalars[$0] }))
      }
      return nearest
    case .globalPooling(let payload):
      guard case .max = payload.kind else { return .infinity }
      let area = NCHW(input.shape).area
      return stride(from: 0, to: input.scalars.count, by: area).map { lead(of: input.scalars[$0..<$0 + area]) }
        .reduce(.infinity, min)
    case .input, .convolution, .transposedConvolution, .dense, .softmax, .logSoftmax, .flatten, .reshape, .permute,
      .zeroPadding, .cropping, .upsampling, .batchNormalization, .layerNormalization, .groupNormalization, .affine,
      .dropout, .add,
      .multiply, .concatenate:
      return .infinity
    }
  }

  /// How far the largest of the values is above the next smaller one.
  private func lead(of values: some Sequence<Double>) -> Double {
    let sorted = values.sorted(by: >)
    guard let second = sorted.first(where: { $0 < sorted[0] }) else { return .infinity }
    return sorted[0] - second
  }

  private func distance(of values: [Double], to kinks: [Double]) -> Double {
    kinks.reduce(.infinity) { nearest, kink in values.reduce(nearest) { min($0, abs($1 - kink)) } }
  }
}

extension Activation {
  /// Where the derivative, or the derivative's slope, jumps.
  fileprivate var kinks: [Double] {
    switch self {
    case .relu, .leakyReLU, .elu, .selu: [0]
    case .relu6: [0, 6]
    case .hardSwish: [-3, 3]
    case .hardSigmoid(let slope): [-0.5 / Double(slope), 0.5 / Double(slope)]
    case .gelu, .silu, .sigmoid, .tanh, .softplus: []
    }
  }
}
