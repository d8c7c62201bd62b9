import Networks
import Reference
import TestSupport
import Testing

@Suite struct ReferenceEngineTests {
  private let network: Network
  private let parameters: Parameters
  private let images: Tensor<Float>

  init() throws {
    network = try Architectures.network("tinycnn", inputShape: [1, 8, 8], classCount: 3)
    parameters = try Parameters.initial(for: network, random: RandomSource(seed: 3))
    var stream = RandomSource(seed: 4).stream(.check)
    images = Tensor(shape: [5, 1, 8, 8], scalars: (0..<5 * 64).map { _ in stream.uniform() })
  }

  private func model() throws -> any TrainableClassifier {
    try ReferenceEngine().model(of: network, parameters: parameters)
  }

  /// What the oracle computes, rounded once.
  @Test func resultsAreTheOracles() throws {
    let (model, oracle) = (try model(), try ReferenceModel(network: network, parameters: parameters.double))
    #expect(model.inputShape == [1, 8, 8] && model.classCount == 3 && model.pullbackLogitsAreExact)
    #expect(try model.logits(of: images) == oracle.logits(of: images.double).float)
    let seed = Tensor<Float>(shape: [5, 3], scalars: (0..<15).map { Float($0) / 7 - 1 })
    let (logits, gradient) = try model.pullback(at: images) { _, range in
      #expect(range == 0..<5)
      return seed
    }
    let expected = oracle.pullback(at: images.double, cotangent: seed.double)
    #expect(logits == expected.output.float && gradient == expected.inputGradient.float)
    let context = TrainingContext(seed: 1, step: 2, exampleIDs: [0, 1, 2, 3, 4])
    let pass = try model.trainingPass(at: images, context: context) { _, _ in seed }
    let whole = oracle.trainingPass(at: images.double, context: context) { _ in seed.double }
    #expect(pass.logits == whole.logits.float)
    for (key, gradient) in pass.gradients.tensors { #expect(gradient == whole.gradients.tensors[key]?.float) }
    #expect(pass.gradients.tensors.count == whole.gradients.tensors.count)
  }

  @Test func weightsCanBeChanged() throws {
    let model = try model()
    let before = try model.logits(of: images)
    let key = try #require(network.parameterSpecifications.last?.key)
    model.updateParameters { parameters in
      parameters.tensors[key] = parameters.tensors[key].map { Tensor(shape: $0.shape, repeating: 7) }
    }
    #expect(model.parameters.tensors[key]?.scalars.first == 7)
    #expect(try model.logits(of: images) != before)
    let again = try model.model(of: network, parameters: model.parameters)
    #expect(try again.logits(of: images) == model.logits(of: images))
  }

  @Test func whatDoesNotFitIsRefused() throws {
    let model = try model()
    #expect(throws: NetworkError.self) { try model.logits(of: Tensor(shape: [1, 1, 4, 4])) }
    #expect(throws: NetworkError.self) { try ReferenceEngine().model(of: network, parameters: Parameters()) }
  }
}
