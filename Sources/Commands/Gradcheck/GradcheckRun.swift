internal import Compute
internal import Exchange
internal import Networks
internal import Reference

/// Checks gradients of the reference interpreter against central differences.
struct GradcheckRun {
  /// What is checked.
  enum Subject {
    /// Every operation and every loss.
    case operations
    /// A network with weights of its own.
    case model(String, ModelFile)
    /// A built-in architecture with new weights.
    case architecture(String, Network)
  }

  let subject: Subject
  /// The seed of the points and of new weights.
  let seed: UInt64
  /// How many numbers of each tensor of a network are checked.
  let scalars: Int

  func callAsFunction() throws -> [GradientCheck.Report] {
    switch subject {
    case .operations: return try GradientCheck.allOperations(seed: seed)
    case .model(let name, let file):
      try checkMemory(file.network)
      return [check(name, try ReferenceModel(network: file.network, parameters: file.parameters.double))]
    case .architecture(let name, let network):
      try checkMemory(network)
      let parameters = try Parameters.initial(for: network, of: name, seed: seed)
      return [check(name, try ReferenceModel(network: network, parameters: parameters.double))]
    }
  }

  /// Every activation and its gradient is kept, in double precision, of two examples.
  private func checkMemory(_ network: Network) throws {
    let scalars = min(network.activationCount, 1 << 56)
    try MemoryLimit.check(scalars * 2 * 2 * MemoryLayout<Double>.stride, for: "for the activations of two examples")
  }

  private func check(_ name: String, _ model: ReferenceModel) -> GradientCheck.Report {
    let images = GradientCheck.images(for: model, exampleCount: 2, seed: seed)
    return GradientCheck.check(name, model, at: images, seed: seed, maximumScalars: scalars)
  }
}
