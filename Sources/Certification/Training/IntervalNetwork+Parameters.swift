public import Networks

extension IntervalNetwork {
  /// The parameters of the network of logits and margins.
  ///
  /// - Parameters:
  ///   - base: Those of the classifier.
  ///   - radius: ε, from 0.
  /// - Returns: One for each that `network` needs.
  /// - Throws: `NetworkError` where one of the classifier's is missing, or a normalisation has a scale that is not
  ///   positive, or the radius is negative or not finite.
  public func parameters<Scalar>(
    from base: ParameterSet<Scalar>, radius: Scalar
  ) throws(NetworkError) -> ParameterSet<Scalar> {
    guard radius >= 0, radius.isFinite else {
      throw NetworkError(node: "bounds/box", expected: "a radius from 0", found: "\(radius)")
    }
    try checkNormalizations(base)
    return try derived.parameters(from: base, radius: radius)
  }

  /// The gradients of the classifier's trainable parameters, from those of the network of logits and margins.
  ///
  /// - Parameters:
  ///   - gradients: Those of the network's parameters.
  ///   - base: The classifier's parameters, where they were taken.
  /// - Returns: The gradient of each, zero where nothing depends on it.
  public func pullback<Scalar>(
    _ gradients: ParameterSet<Scalar>, at base: ParameterSet<Scalar>
  ) -> ParameterSet<Scalar> {
    derived.pullback(gradients, at: base)
  }

  /// With a negative scale lower bounds would become upper ones.
  private func checkNormalizations<Scalar>(_ parameters: ParameterSet<Scalar>) throws(NetworkError) {
    for node in base.nodes {
      guard case .affine = node.operation, let scale = parameters[node.name, .scale] else { continue }
      guard scale.scalars.allSatisfy({ $0 > 0 }) else {
        throw NetworkError(
          node: node.name, expected: "positive scales, for training by interval bounds",
          found: "\(scale.scalars.min() ?? 0)")
      }
    }
  }
}
