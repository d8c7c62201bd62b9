extension Network {
  /// The same function without batch normalisations: one that follows a convolution or a dense layer and nothing else
  /// reads goes into its weights, any other becomes a per-channel affine map. For inference and input gradients.
  package func foldingBatchNormalization(
    _ parameters: Parameters
  ) throws -> (network: Network, parameters: ScaledParameters) {
    var result = try Network(inputShape: inputShape)
    result.outputTransforms = outputTransforms
    var (folded, factors) = (parameters, [ParameterKey: [Double]]())
    var indices = [0]
    let targets = foldingTargets()
    for (index, node) in nodes.enumerated().dropFirst() {
      if let target = targets[index] {
        // The convolution has been appended; this node disappears into it.
        let scale = fold(index, into: nodes[target].name, &folded)
        factors[ParameterKey(nodes[target].name, .weight)] = scale
        indices.append(indices[target])
        continue
      }
      var operation = node.operation
      if targets.values.contains(index) { operation = operation.addingBias }
      if case .batchNormalization = operation {
        let (scale, shift) = affine(of: index, folded)
        replaceStatistics(of: node.name, scale: scale, shift: shift, &folded)
        operation = .affine(Affine())
      }
      indices.append(try result.append(operation, named: node.name, to: node.inputs.map { indices[$0] }))
    }
    return (result, ScaledParameters(folded, factors: factors))
  }

  /// Batch normalisations that can be folded, with the node they go into.
  private func foldingTargets() -> [Int: Int] {
    let consumers = consumers
    var targets: [Int: Int] = [:]
    for (index, node) in nodes.enumerated() {
      guard case .batchNormalization = node.operation, consumers[node.inputs[0]] == [index] else { continue }
      switch nodes[node.inputs[0]].operation {
      case .convolution, .dense: targets[index] = node.inputs[0]
      default: continue
      }
    }
    return targets
  }

  /// scale / √(variance + ε) and shift − mean · that, in double precision.
  private func affine(of index: Int, _ parameters: Parameters) -> (scale: [Double], shift: [Double]) {
    let node = nodes[index]
    guard case .batchNormalization(let payload) = node.operation,
      let mean = parameters[node.name, .mean]?.scalars, let variance = parameters[node.name, .variance]?.scalars
    else { return ([], []) }
    let gamma = parameters[node.name, .scale]?.scalars
    let beta = parameters[node.name, .shift]?.scalars
    var (scale, shift): ([Double], [Double]) = ([], [])
    for channel in mean.indices {
      let factor = Double(gamma?[channel] ?? 1) / (Double(variance[channel]) + Double(payload.epsilon)).squareRoot()
      scale.append(factor)
      shift.append(Double(beta?[channel] ?? 0) - Double(mean[channel]) * factor)
    }
    return (scale, shift)
  }

  /// Folds all but the factors of the weights, which it returns.
  private func fold(_ index: Int, into target: String, _ parameters: inout Parameters) -> [Double] {
    let (scale, shift) = affine(of: index, parameters)
    let bias = parameters[target, .bias]?.scalars ?? Array(repeating: 0, count: scale.count)
    let newBias = scale.indices.map { Float(Double(bias[$0]) * scale[$0] + shift[$0]) }
    parameters[target, .bias] = Tensor(shape: [newBias.count], scalars: newBias)
    for role in ParameterRole.allCases { parameters[nodes[index].name, role] = nil }
    return scale
  }

  private func replaceStatistics(of name: String, scale: [Double], shift: [Double], _ parameters: inout Parameters) {
    parameters[name, .mean] = nil
    parameters[name, .variance] = nil
    parameters[name, .scale] = Tensor(shape: [scale.count], scalars: scale.map { Float($0) })
    parameters[name, .shift] = Tensor(shape: [shift.count], scalars: shift.map { Float($0) })
  }
}

extension Operation {
  fileprivate var addingBias: Operation {
    switch self {
    case .convolution(var payload):
      payload.hasBias = true
      return .convolution(payload)
    case .dense(var payload):
      payload.hasBias = true
      return .dense(payload)
    default: return self
    }
  }
}
