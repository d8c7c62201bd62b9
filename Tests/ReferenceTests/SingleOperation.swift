import Networks
import Reference

extension ReferenceModel {
  /// A network of one operation, with the parameters given as plain numbers.
  static func single(
    _ operation: Operation, from shape: Shape, _ values: [ParameterRole: [Double]] = [:]
  ) throws -> ReferenceModel {
    var network = try Network(inputShape: shape)
    try network.append(operation, named: "operation")
    var parameters = ParameterSet<Double>()
    for specification in network.parameterSpecifications {
      guard let scalars = values[specification.key.role] else { continue }
      parameters.tensors[specification.key] = Tensor(shape: specification.shape, scalars: scalars)
    }
    return try ReferenceModel(network: network, parameters: parameters)
  }

  /// The output for a batch of one example.
  func callAsFunction(_ scalars: [Double]) -> [Double] {
    logits(of: Tensor(shape: network.inputShape.batched(1), scalars: scalars)).scalars
  }

  /// The input gradient for a batch of one example.
  func inputGradient(at scalars: [Double], of cotangent: [Double]) -> [Double] {
    pullback(
      at: Tensor(shape: network.inputShape.batched(1), scalars: scalars),
      cotangent: Tensor(shape: network.outputShape.batched(1), scalars: cotangent)
    ).inputGradient.scalars
  }
}
