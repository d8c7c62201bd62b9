import Compute
import Networks
import Reference
import Testing

/// One network at one well-conditioned point, seen by the engine and by the oracle.
private struct Comparison {
  let name: String
  let network: Network
  let parameters: Parameters
  let images: Tensor<Float>
  let oracle: ReferenceModel

  init(_ name: String, _ network: Network, exampleCount: Int) throws {
    self.name = name
    self.network = network
    (parameters, images) = GradientCheck.point(for: network, exampleCount: exampleCount, seed: 7)
    oracle = try ReferenceModel(network: network, parameters: parameters.double)
  }

  /// The worst difference, relative to the largest magnitude of the tensor that should be.
  ///
  /// Sums of n float32 products err by about √n ulps of the largest partial sum; the catalogue's and the built-in
  /// networks add up at most 3,136 terms (a dense layer), √n · 2⁻²⁴ = 3.3e-6 of it, once per layer and direction.
  /// 2e-5 leaves room for six such layers and for oneDNN's approximations of exp and erf (a few ulps).
  static let tolerance = 2e-5

  func check(_ found: Tensor<Float>?, _ expected: Tensor<Double>?, _ what: String) {
    guard let found, let expected else {
      Issue.record("\(name): \(what) is missing")
      return
    }
    #expect(found.shape == expected.shape, "\(name): \(what)")
    guard found.shape == expected.shape else { return }
    let scale = expected.scalars.map(abs).max() ?? 0
    let worst = zip(found.scalars, expected.scalars).map { abs(Double($0) - $1) }.max() ?? 0
    #expect(worst <= Self.tolerance * max(scale, 1e-3), "\(name): \(what) differs by \(worst) of \(scale)")
  }

  func cotangent(count: Int) -> Tensor<Float> {
    var stream = RandomSource(seed: 3).stream(.check)
    let shape = network.outputShape.batched(count)
    return Tensor(shape: shape, scalars: (0..<shape.count).map { _ in stream.uniform(in: -1...1) })
  }
}

struct Named: CustomTestStringConvertible, Sendable {
  let name: String
  let network: Network
  var testDescription: String { name }
}

@Suite struct CompiledModelTests {
  @Test(arguments: try GradientCheck.catalogue().map { Named(name: $0.name, network: $0.network) })
  func logitsAndInputGradientsAgreeWithTheOracle(_ named: Named) throws {
    let (name, network) = (named.name, named.network)
    do {
      let comparison = try Comparison(name, network, exampleCount: 3)
      let model = try CompiledModel(network: network, parameters: comparison.parameters)
      let seed = comparison.cotangent(count: 3)
      let expected = comparison.oracle.pullback(at: comparison.images.double, cotangent: seed.double)
      let found = try model.pullback(at: comparison.images) { _, range in seed.examples(range) }
      comparison.check(try model.logits(of: comparison.images), expected.output, "logits")
      comparison.check(found.logits, expected.output, "logits of the pullback")
      comparison.check(found.gradient, expected.inputGradient, "input gradient")
    }
  }

  @Test(arguments: try GradientCheck.catalogue().map { Named(name: $0.name, network: $0.network) })
  func parameterGradientsAgreeWithTheOracle(_ named: Named) throws {
    let (name, network) = (named.name, named.network)
    do {
      let comparison = try Comparison(name, network, exampleCount: 5)
      let model = try CompiledModel(network: network, parameters: comparison.parameters)
      let seed = comparison.cotangent(count: 5)
      let context = GradientCheck.trainingContext(exampleCount: 5, seed: 7)
      let expected = comparison.oracle.trainingPass(at: comparison.images.double, context: context) { _ in seed.double }
      let found = try model.trainingPass(at: comparison.images, context: context) { _, range in seed.examples(range) }
      comparison.check(found.logits, expected.logits, "training logits")
      #expect(Set(found.gradients.tensors.keys) == Set(expected.gradients.tensors.keys), "\(name)")
      for (key, gradient) in expected.gradients.tensors {
        comparison.check(found.gradients.tensors[key], gradient, "gradient of \(key)")
      }
      for (key, statistic) in expected.batchStatistics.tensors {
        comparison.check(found.batchStatistics.tensors[key], statistic, "batch \(key)")
      }
    }
  }
}
