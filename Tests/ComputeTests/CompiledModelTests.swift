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

  /// A point far from kinks for the catalogue's small networks; for the others, whose oracle is slow, the first draw,
  /// where no unit happens to lie within rounding of its kink.
  init(_ named: NamedNetwork, exampleCount: Int) throws {
    (name, network) = (named.name, named.network)
    if network.nodes.reduce(0, { $0 + $1.shape.count }) < 2000 {
      (parameters, images) = GradientCheck.point(for: network, exampleCount: exampleCount, seed: 7)
    } else {
      parameters = try Parameters.initial(for: network, random: RandomSource(seed: 7))
      var stream = RandomSource(seed: 7).stream(.data)
      let shape = network.inputShape.batched(exampleCount)
      images = Tensor(shape: shape, scalars: (0..<shape.count).map { _ in stream.uniform() })
    }
    oracle = try ReferenceModel(network: network, parameters: parameters.double)
  }

  /// The worst difference, relative to the largest magnitude of the tensor that should be.
  ///
  /// Sums of n float32 products err by about √n ulps of the largest partial sum; the catalogue's and the built-in
  /// networks add up at most 3,136 terms (a dense layer), √n · 2⁻²⁴ = 3.3e-6 of it, once per layer and direction.
  /// 2e-5 leaves room for six such layers and for oneDNN's approximations of exp and erf (a few ulps).
  static let tolerance = 2e-5

  /// Where a sum cancels (the gradient of a bias before batch normalisation is exactly zero), the error is relative to
  /// its terms, which are of order one here.
  static let smallestScale = 0.1

  func check(_ found: Tensor<Float>?, _ expected: Tensor<Double>?, _ what: String) {
    guard let found, let expected else {
      Issue.record("\(name): \(what) is missing")
      return
    }
    #expect(found.shape == expected.shape, "\(name): \(what)")
    guard found.shape == expected.shape else { return }
    let scale = expected.scalars.map(abs).max() ?? 0
    let worst = zip(found.scalars, expected.scalars).map { abs(Double($0) - $1) }.max() ?? 0
    #expect(
      worst <= Self.tolerance * max(scale, Self.smallestScale), "\(name): \(what) differs by \(worst) of \(scale)")
  }

  func cotangent(count: Int) -> Tensor<Float> {
    var stream = RandomSource(seed: 3).stream(.check)
    let shape = network.outputShape.batched(count)
    return Tensor(shape: shape, scalars: (0..<shape.count).map { _ in stream.uniform(in: -1...1) })
  }
}

struct NamedNetwork: CustomTestStringConvertible, Sendable {
  let name: String
  let network: Network
  var testDescription: String { name }

  init(_ entry: (name: String, network: Network)) {
    (name, network) = entry
  }
}

@Suite struct CompiledModelTests {
  private static let catalogue = Result { try GradientCheck.catalogue().map(NamedNetwork.init) }
  private static let architectures = Result {
    try [
      ("tinycnn", [1, 8, 8], 3), ("mlp", [1, 8, 8], 3), ("digits-cnn", [1, 8, 8], 10), ("lenet5", [1, 28, 28], 10),
      ("mnist-small", [1, 28, 28], 10), ("mnist-madry", [1, 28, 28], 10),
    ].map { name, shape, classCount in
      NamedNetwork((name, try Architectures.network(name, inputShape: Shape(shape), classCount: classCount)))
    }
  }

  @Test(arguments: try catalogue.get() + architectures.get())
  func logitsAndInputGradientsAgreeWithTheOracle(_ named: NamedNetwork) throws {
    let comparison = try Comparison(named, exampleCount: 2)
    let model = try CompiledModel(network: named.network, parameters: comparison.parameters)
    let seed = comparison.cotangent(count: 2)
    let expected = comparison.oracle.pullback(at: comparison.images.double, cotangent: seed.double)
    let found = try model.pullback(at: comparison.images) { _, range in seed.examples(range) }
    comparison.check(try model.logits(of: comparison.images), expected.output, "logits")
    comparison.check(found.logits, expected.output, "logits of the pullback")
    comparison.check(found.gradient, expected.inputGradient, "input gradient")
  }

  @Test(arguments: try catalogue.get() + architectures.get())
  func parameterGradientsAgreeWithTheOracle(_ named: NamedNetwork) throws {
    let comparison = try Comparison(named, exampleCount: 2)
    let model = try CompiledModel(network: named.network, parameters: comparison.parameters)
    let seed = comparison.cotangent(count: 2)
    let context = GradientCheck.trainingContext(exampleCount: 2, seed: 7)
    let expected = comparison.oracle.trainingPass(at: comparison.images.double, context: context) { _ in seed.double }
    let found = try model.trainingPass(at: comparison.images, context: context) { _, range in seed.examples(range) }
    comparison.check(found.logits, expected.logits, "training logits")
    #expect(Set(found.gradients.tensors.keys) == Set(expected.gradients.tensors.keys))
    for (key, gradient) in expected.gradients.tensors {
      comparison.check(found.gradients.tensors[key], gradient, "gradient of \(key)")
    }
    for (key, statistic) in expected.batchStatistics.tensors {
      comparison.check(found.batchStatistics.tensors[key], statistic, "batch \(key)")
    }
  }

  /// More examples than one shard holds: 130 are cut into 44, 43 and 43 (sums over shards, plans of two sizes).
  @Test(arguments: try catalogue.get().filter { $0.name.contains("batch") || $0.name.contains("dropout") })
  func trainingOverSeveralShardsAgreesWithTheOracle(_ named: NamedNetwork) throws {
    let comparison = try Comparison(named, exampleCount: 130)
    let seed = comparison.cotangent(count: 130)
    let context = GradientCheck.trainingContext(exampleCount: 130, seed: 7)
    let expected = comparison.oracle.trainingPass(at: comparison.images.double, context: context) { _ in seed.double }
    var passes: [TrainingPass<Float>] = []
    for workers in 1...3 {
      let model = try CompiledModel(
        network: named.network, parameters: comparison.parameters, workers: Workers(count: workers))
      passes.append(
        try model.trainingPass(at: comparison.images, context: context) { _, range in seed.examples(range) })
    }
    comparison.check(passes[0].logits, expected.logits, "training logits")
    for (key, gradient) in expected.gradients.tensors {
      comparison.check(passes[0].gradients.tensors[key], gradient, "gradient of \(key)")
    }
    for pass in passes {
      #expect(pass.logits == passes[0].logits)
      #expect(pass.gradients == passes[0].gradients)
    }
  }

  /// Finding 6 of the measurements this engine rests on: on one OpenMP thread an example's bits are its own.
  @Test(arguments: try catalogue.get().filter { $0.network.outputShape.rank == 1 } + architectures.get())
  func examplesDoNotDependOnTheirBatch(_ named: NamedNetwork) throws {
    let parameters = try Parameters.initial(for: named.network, random: RandomSource(seed: 5))
    let model = try CompiledModel(network: named.network, parameters: parameters)
    let count = 300
    var stream = RandomSource(seed: 11).stream(.check)
    let shape = named.network.inputShape.batched(count)
    let images = Tensor<Float>(shape: shape, scalars: (0..<shape.count).map { _ in stream.uniform() })
    let labels = (0..<count).map { $0 % model.classCount }
    func gradient(of indices: [Int]) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
      try model.pullback(at: images.gathering(indices)) { logits, range in
        Loss.crossEntropy(labelSmoothing: 0)(logits, labels: indices[range].map { labels[$0] }).gradient
      }
    }
    let whole = try gradient(of: Array(0..<count))
    #expect(try model.logits(of: images) == whole.logits)
    let shuffled = stream.permutation(count)
    for size in Array(1...9) + [15, 16, 17, 24, 31, 33, 48, 64, 90, 100, 129, 180, 256] {
      let indices = Array(shuffled.prefix(size))
      let part = try gradient(of: indices)
      #expect(part.logits == whole.logits.gathering(indices), "logits at batch size \(size)")
      #expect(part.gradient == whole.gradient.gathering(indices), "gradients at batch size \(size)")
    }
  }

  @Test func updatedParametersAreUsed() throws {
    let named = try #require(try Self.architectures.get().first)
    let comparison = try Comparison(named, exampleCount: 4)
    let model = try CompiledModel(network: named.network, parameters: comparison.parameters)
    let before = try model.logits(of: comparison.images)
    model.updateParameters { parameters in
      for key in parameters.tensors.keys { parameters.tensors[key]?.negate() }
    }
    let fresh = try CompiledModel(network: named.network, parameters: model.parameters)
    #expect(try model.logits(of: comparison.images) == fresh.logits(of: comparison.images))
    #expect(try model.logits(of: comparison.images) != before)
  }

  @Test func threadsShareAModel() throws {
    let named = try #require(try Self.architectures.get().first { $0.name == "digits-cnn" })
    let comparison = try Comparison(named, exampleCount: 8)
    let model = try CompiledModel(network: named.network, parameters: comparison.parameters)
    let expected = try model.logits(of: comparison.images)
    let all = try Workers(count: 4).map(64) { _ in try model.logits(of: comparison.images) }
    #expect(all.allSatisfy { $0 == expected })
  }

  /// Plans are compiled outside of the pool's lock: here several threads find none, and ask for the same new weights.
  @Test func threadsCompilePlansAtTheSameTime() throws {
    let named = try #require(try Self.architectures.get().first { $0.name == "digits-cnn" })
    let comparison = try Comparison(named, exampleCount: 8)
    let images = comparison.images
    let ones: LogitCotangent = { logits, _ in Tensor(shape: logits.shape, repeating: 1) }
    let alone = try CompiledModel(network: named.network, parameters: comparison.parameters)
    for _ in 0..<5 {
      let model = try CompiledModel(network: named.network, parameters: alone.parameters)
      let expected = try alone.pullback(at: images, cotangent: ones)
      let all = try Workers(count: 4).map(8) { index in
        // Half of them with a plan of another batch size.
        let result = try model.pullback(at: index % 2 == 0 ? images : images.repeated(3)) { logits, _ in
          Tensor(shape: logits.shape, repeating: 1)
        }
        return (logits: result.logits.prefix(8), gradient: result.gradient.prefix(8))
      }
      for result in all {
        #expect(result.logits == expected.logits)
        #expect(result.gradient == expected.gradient)
      }
      alone.updateParameters { parameters in
        // Not the variances, whose square roots are taken.
        for key in parameters.tensors.keys where key.role == .weight { parameters.tensors[key]?.negate() }
      }
    }
  }

  @Test func imagesOfAnotherShapeAreRefused() throws {
    let named = try #require(try Self.architectures.get().first)
    let comparison = try Comparison(named, exampleCount: 1)
    let model = try CompiledModel(network: named.network, parameters: comparison.parameters)
    #expect(throws: NetworkError.self) { try model.logits(of: Tensor(shape: [2, 3, 8, 8])) }
    #expect(throws: NetworkError.self) { try model.logits(of: Tensor(shape: [64])) }
    #expect(try model.logits(of: Tensor(shape: [0, 1, 8, 8])).shape == [0, 3])
  }

  @Test func parametersOfAnotherNetworkAreRefused() throws {
    let named = try #require(try Self.architectures.get().first)
    #expect(throws: NetworkError.self) { try CompiledModel(network: named.network, parameters: Parameters()) }
  }
}

extension Tensor<Float> {
  /// The examples several times over.
  fileprivate func repeated(_ times: Int) -> Tensor {
    gathering((0..<times * exampleCount).map { $0 % exampleCount })
  }

  /// The first examples.
  fileprivate func prefix(_ count: Int) -> Tensor { gathering(Array(0..<count)) }

  fileprivate mutating func negate() {
    withUnsafeMutableScalars { scalars in
      for place in scalars.indices { scalars[place] = -scalars[place] }
    }
  }
}
