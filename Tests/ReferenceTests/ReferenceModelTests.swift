import Networks
import Reference
import TestSupport
import Testing

@Suite struct ReferenceModelTests {
  private func network() throws -> Network {
    try .chain(.dense(Dense(outputs: 3)), .activation(.tanh), .dense(Dense(outputs: 2, hasBias: false)), from: [4])
  }

  private func parameters(for network: Network) -> ParameterSet<Double> {
    var parameters = ParameterSet<Double>()
    for item in network.parameterSpecifications { parameters.tensors[item.key] = .pattern(item.shape) }
    return parameters
  }

  @Test func refusesParametersThatDoNotFit() throws {
    let network = try network()
    let fitting = parameters(for: network)
    #expect(throws: Never.self) { try ReferenceModel(network: network, parameters: fitting) }
    var changed = fitting
    changed["dense1", .bias] = nil
    #expect(throws: NetworkError.self) { try ReferenceModel(network: network, parameters: changed) }
    changed = fitting
    changed["dense1", .bias] = Tensor(shape: [4])
    #expect(throws: NetworkError.self) { try ReferenceModel(network: network, parameters: changed) }
    changed = fitting
    changed["dense3", .bias] = Tensor(shape: [2])
    #expect(throws: NetworkError.self) { try ReferenceModel(network: network, parameters: changed) }
    changed = fitting
    changed["dense1", .bias] = Tensor(shape: [3], scalars: [0, .nan, 0])
    #expect(throws: NetworkError.self) { try ReferenceModel(network: network, parameters: changed) }
  }

  @Test func activationsHaveTheInferredShapes() throws {
    for (name, network) in try GradientCheck.catalogue() {
      let (parameters, images) = GradientCheck.point(for: network, exampleCount: 2, seed: 0)
      let model = try ReferenceModel(network: network, parameters: parameters.double)
      let shapes = model.activations(of: images.double, mode: .inference).map(\.shape)
      #expect(shapes == network.nodes.map { $0.shape.batched(2) }, "\(name)")
    }
  }

  @Test func anExampleDoesNotDependOnItsBatch() throws {
    for (name, network) in try GradientCheck.catalogue() {
      let (parameters, images) = GradientCheck.point(for: network, exampleCount: 3, seed: 0)
      let model = try ReferenceModel(network: network, parameters: parameters.double)
      let together = model.logits(of: images.double)
      let alone = (0..<3).map { model.logits(of: images.double.examples($0..<$0 + 1)) }
      #expect(together == .concatenating(alone), "\(name)")
    }
  }

  @Test func pullbackReturnsTheOutputToo() throws {
    let network = try network()
    let model = try ReferenceModel(network: network, parameters: parameters(for: network))
    let images = Tensor.pattern([2, 4])
    let result = model.pullback(at: images, cotangent: Tensor(shape: [2, 2], repeating: 1))
    #expect(result.output == model.logits(of: images))
    #expect(Set(result.parameterGradients.tensors.keys) == Set(network.parameterSpecifications.map(\.key)))
  }

  @Test func aBranchThatLeadsNowhereHasZeroGradients() throws {
    var network = try Network(inputShape: [2])
    try network.append(.dense(Dense(outputs: 2)), named: "unused", to: [0])
    try network.append(.dense(Dense(outputs: 1, hasBias: false)), named: "used", to: [0])
    let model = try ReferenceModel(network: network, parameters: parameters(for: network))
    let gradients = model.pullback(
      at: Tensor(shape: [1, 2], scalars: [3, 4]), cotangent: Tensor(shape: [1, 1], repeating: 1)
    ).parameterGradients
    #expect(gradients["unused", .weight]?.scalars == [0, 0, 0, 0])
    #expect(gradients["unused", .bias]?.scalars == [0, 0])
    #expect(gradients["used", .weight]?.scalars == [3, 4])
  }

  @Test func frozenParametersHaveNoTrainingGradient() throws {
    let network = try Network.chain(.affine(Affine()), .affine(Affine(isTrainable: true)), from: [2])
    let model = try ReferenceModel(network: network, parameters: parameters(for: network))
    let context = TrainingContext(seed: 0, step: 0, exampleIDs: [0])
    let pass = model.trainingPass(at: .pattern([1, 2]), context: context) { $0 }
    #expect(Set(pass.gradients.tensors.keys.map(\.node)) == ["affine2"])
    #expect(pass.batchStatistics.tensors.isEmpty)
  }
}
