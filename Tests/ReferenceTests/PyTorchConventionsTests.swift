import Networks
import Reference
import TestSupport
import Testing

/// The conventions of every operation against another library.
@Suite struct PyTorchConventionsTests {
  /// The literals have 11 digits, and at most a few hundred numbers below 10 are added; the slope 1/6 of the hard
  /// sigmoid is in single precision here.
  private func tolerance(of operation: Operation) -> Double {
    if case .activation(.hardSigmoid) = operation { return 1e-7 }
    return 1e-9
  }

  @Test(arguments: PyTorchCase.all)
  func agrees(_ item: PyTorchCase) throws {
    let network = try Network.chain(item.operation, from: item.inputShape.example)
    var parameters = ParameterSet<Double>()
    for specification in network.parameterSpecifications {
      parameters.tensors[specification.key] = .pattern(specification.shape, multiplier: 5, modulus: 13)
    }
    let model = try ReferenceModel(network: network, parameters: parameters)
    let images = item.input.map { Tensor(shape: item.inputShape, scalars: $0) } ?? .pattern(item.inputShape)
    let cotangent = Tensor.pattern(network.outputShape.batched(1), multiplier: 11, modulus: 17)
    let result = model.pullback(at: images, cotangent: cotangent)
    let tolerance = tolerance(of: item.operation)
    expect(result.output, item.output, tolerance, "output")
    expect(result.inputGradient, item.inputGradient, tolerance, "input gradient")
    #expect(result.parameterGradients.tensors.count == item.parameterGradients.count)
    for (key, gradient) in result.parameterGradients.tensors {
      expect(gradient, try #require(item.parameterGradients[key.role]), tolerance, "\(key)")
    }
  }

  private func expect(_ found: Tensor<Double>, _ expected: String, _ tolerance: Double, _ what: Comment) {
    let numbers = expected.split { $0.isWhitespace }.compactMap { Double($0) }
    let difference = largestDifference(found.scalars, numbers)
    #expect(difference < tolerance, what)
  }

  /// `F.batch_norm(x, zeros, zeros, scale, shift, training=True, momentum=1, eps=0.0625)`, made as the cases above; with
  /// momentum 1 the running statistics are those of the batch.
  @Test func batchNormalizationInTraining() throws {
    let network = try Network.chain(.batchNormalization(BatchNormalization(epsilon: 0.0625)), from: [2, 1, 2])
    let channels: Shape = [2]
    var parameters = ParameterSet<Double>()
    parameters["batchNormalization1", .scale] = Tensor(shape: channels, scalars: [0.5, -1.25])
    parameters["batchNormalization1", .shift] = Tensor(shape: channels, scalars: [0.25, -0.75])
    parameters["batchNormalization1", .mean] = Tensor(shape: channels)
    parameters["batchNormalization1", .variance] = Tensor(shape: channels)
    let model = try ReferenceModel(network: network, parameters: parameters)
    let images = Tensor.pattern([3, 2, 1, 2])
    let context = TrainingContext(seed: 1, step: 0, exampleIDs: [0, 1, 2])
    let cotangent = Tensor.pattern([3, 2, 1, 2], multiplier: 11, modulus: 17)
    let result = model.pullback(at: images, cotangent: cotangent, mode: .training(context))
    expect(
      result.output,
      """
      -0.49076593956 0.1192765989 -1.227535905 -2.3417863499 -0.055021269231 0.55502126923 -2.0234290799
      0.52342907993 0.3807234011 0.99076593956 0.84178634992 -0.27246409502
      """, 1e-9, "output")
    expect(
      result.inputGradient,
      """
      -0.28748116731 0.40551833117 0.16964713982 1.025339856 0.39426619032 -0.39426619032 -1.4931242771
      -0.31090025285 -0.40551833117 0.28748116731 -0.12332759107 0.73236512514
      """, 1e-9, "input gradient")
    let pass = model.trainingPass(at: images, context: context) { _ in cotangent }
    #expect(pass.logits == result.output)
    #expect(pass.gradients.tensors.count == 2)
    let gradients = pass.gradients
    expect(try #require(gradients["batchNormalization1", .scale]), "1.8737020824 -0.52528949547", 1e-9, "scale")
    expect(try #require(gradients["batchNormalization1", .shift]), "0 -0.5", 1e-9, "shift")
    let statistics = pass.batchStatistics
    expect(try #require(statistics["batchNormalization1", .mean]), "-0.1875 0.125", 1e-9, "mean")
    expect(try #require(statistics["batchNormalization1", .variance]), "0.5421875 1.08125", 1e-9, "variance")
  }
}
