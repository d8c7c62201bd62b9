package import Networks

extension Network {
  /// Moves the running mean and variance of every batch normalisation towards those of a batch:
  /// running ← (1 − momentum) · running + momentum · batch.
  package func updateRunningStatistics(in parameters: inout Parameters, towards batch: Parameters) {
    for node in nodes {
      guard case .batchNormalization(let payload) = node.operation else { continue }
      for role in [ParameterRole.mean, .variance] {
        let key = ParameterKey(node.name, role)
        guard let target = batch.tensors[key] else { continue }
        parameters.tensors[key]?.withUnsafeMutableScalars { running in
          target.withUnsafeScalars { target in
            precondition(running.count == target.count, "statistics of another shape for \(node.name)")
            for i in running.indices { running[i] += payload.momentum * (target[i] - running[i]) }
          }
        }
      }
    }
  }
}
