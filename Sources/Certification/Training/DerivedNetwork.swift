import Networks

/// A network made from a classifier, each of whose parameters follows from one of the classifier's.
struct DerivedNetwork: Sendable {
  /// The classifier.
  let base: Network
  /// The network made from it.
  let network: Network
  /// How each parameter of `network` follows from those of `base`.
  let derivations: [ParameterKey: Derivation]

  /// The parameters of the network.
  ///
  /// - Parameters:
  ///   - base: Those of the classifier.
  ///   - radius: ε.
  /// - Returns: One for each that `network` needs.
  /// - Throws: `NetworkError` where one of the classifier's is missing.
  func parameters<Scalar>(
    from base: ParameterSet<Scalar>, radius: Scalar
  ) throws(NetworkError) -> ParameterSet<Scalar> {
    var result = ParameterSet<Scalar>()
    for specification in network.parameterSpecifications {
      let key = specification.key
      guard let value = derivations[key]?.value(shape: specification.shape, from: base, radius: radius),
        value.shape == specification.shape
      else {
        throw NetworkError(
          node: key.node, expected: "the parameters of the classifier", found: "none for the \(key.role.rawValue)")
      }
      result.tensors[key] = value
    }
    return result
  }

  /// The gradients of the classifier's trainable parameters, from those of the network's.
  ///
  /// - Parameters:
  ///   - gradients: Those of the network's parameters.
  ///   - base: The classifier's parameters, where they were taken.
  /// - Returns: The gradient of each, zero where nothing depends on it.
  func pullback<Scalar>(
    _ gradients: ParameterSet<Scalar>, at base: ParameterSet<Scalar>
  ) -> ParameterSet<Scalar> {
    var result = ParameterSet<Scalar>()
    for specification in self.base.parameterSpecifications where specification.isTrainable {
      result.tensors[specification.key] = Tensor(shape: specification.shape)
    }
    // In one order, so that sums always have the same bits.
    for specification in network.parameterSpecifications {
      guard let gradient = gradients.tensors[specification.key] else { continue }
      derivations[specification.key]?.pullBack(gradient, at: base, into: &result)
    }
    return result
  }
}
