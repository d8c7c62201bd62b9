import Compute
import Networks
import Synchronization
import TestSupport
import Testing

/// A compiler for one dense layer, in plain loops: another engine than oneDNN behind the same cache and shards.
private struct LoopCompiler: PlanCompiler {
  /// What was compiled, in this order.
  let log: PlanLog
  let batchSizes = [8, 64]

  func weights(_ parameters: ScaledParameters) -> LoopWeights { LoopWeights(parameters) }

  func plan(of network: Network, batch: Int, purpose: PlanPurpose, weights: LoopWeights) -> LoopPlan {
    log.batches.withLock { $0.append(batch) }
    return LoopPlan(weights, batch: batch, purpose: purpose)
  }
}

private final class PlanLog: Sendable {
  let batches = Mutex<[Int]>([])
}

private final class LoopWeights: PlanWeights {
  private let parameters: Mutex<Parameters?>

  init(_ parameters: ScaledParameters) { self.parameters = Mutex(parameters.products) }

  func release() { parameters.withLock { $0 = nil } }

  func replace(_ new: ScaledParameters, _ workers: Workers) { parameters.withLock { $0 = new.products } }

  func scalars(_ role: ParameterRole) -> [Float] {
    parameters.withLock { $0?.tensors[ParameterKey("logits", role)]?.scalars ?? [] }
  }
}

/// Step 0 is forward, step 1 back. Sendable because one thread at a time uses it.
private final class LoopPlan: ExecutablePlan, @unchecked Sendable {
  private let weights: LoopWeights
  private let inputs: Int
  private let outputs: Int
  private let gradients: UnsafeMutablePointer<Float>
  private let purpose: PlanPurpose
  private var images: [Float] = []
  private var values: [Float] = []
  private var cotangent: [Float] = []
  private var inputGradient: [Float] = []
  let batch: Int
  let stepCount: Int
  let forwardCount = 1
  let batchStatistics: [PlanVector] = []
  let reductions: [Int] = []

  init(_ weights: LoopWeights, batch: Int, purpose: PlanPurpose) {
    (self.weights, self.batch, self.purpose) = (weights, batch, purpose)
    outputs = weights.scalars(.bias).count
    inputs = weights.scalars(.weight).count / outputs
    stepCount = purpose == .inference ? 1 : 2
    gradients = .allocate(capacity: outputs * inputs + outputs)
  }

  deinit { gradients.deallocate() }

  var parameterGradients: [PlanVector] {
    [
      PlanVector(
        key: ParameterKey("logits", .weight), shape: [outputs, inputs], scalars: UnsafePointer(gradients)),
      PlanVector(
        key: ParameterKey("logits", .bias), shape: [outputs],
        scalars: UnsafePointer(gradients + outputs * inputs)),
    ]
  }

  func takeMemory() {}

  func giveMemoryBack() {}

  func setContext(_ context: TrainingContext) {}

  func load(_ images: Tensor<Float>, _ range: Range<Int>) {
    self.images =
      images.examples(range).scalars + Array(repeating: 0, count: (batch - range.count) * inputs)
  }

  func run(_ range: Range<Int>) -> Int {
    for step in range { step == 0 ? forward() : back() }
    return range.upperBound
  }

  private func forward() {
    let (weight, bias) = (weights.scalars(.weight), weights.scalars(.bias))
    values = (0..<batch * outputs).map { place in
      let (example, output) = (place / outputs, place % outputs)
      return (0..<inputs).reduce(bias[output]) { $0 + weight[output * inputs + $1] * images[example * inputs + $1] }
    }
  }

  private func back() {
    let weight = weights.scalars(.weight)
    inputGradient = (0..<batch * inputs).map { place in
      let (example, input) = (place / inputs, place % inputs)
      return (0..<outputs).reduce(0) { $0 + weight[$1 * inputs + input] * cotangent[example * outputs + $1] }
    }
    for output in 0..<outputs {
      for input in 0..<inputs {
        gradients[output * inputs + input] = (0..<batch).reduce(0) {
          $0 + cotangent[$1 * outputs + output] * images[$1 * inputs + input]
        }
      }
      gradients[outputs * inputs + output] = (0..<batch).reduce(0) { $0 + cotangent[$1 * outputs + output] }
    }
  }

  func reduction(at index: Int) -> ShardReduction? { nil }

  func logits(_ count: Int, shape: Shape) -> Tensor<Float> {
    Tensor(shape: shape.batched(count), scalars: Array(values.prefix(count * outputs)))
  }

  func loadCotangent(_ gradient: Tensor<Float>) {
    cotangent = gradient.scalars + Array(repeating: 0, count: (batch - gradient.exampleCount) * outputs)
  }

  func storeLogits(into tensor: inout Tensor<Float>, _ range: Range<Int>) { store(values, into: &tensor, range) }

  func storeInputGradient(into tensor: inout Tensor<Float>, _ range: Range<Int>) {
    store(inputGradient, into: &tensor, range)
  }

  private func store(_ values: [Float], into tensor: inout Tensor<Float>, _ range: Range<Int>) {
    let size = tensor.exampleSize
    tensor.withUnsafeMutableScalars { scalars in
      for place in 0..<range.count * size { scalars[range.lowerBound * size + place] = values[place] }
    }
  }
}

@Suite struct PlannedModelTests {
  private let network: Network
  private let parameters: Parameters
  private let images: Tensor<Float>
  private let log = PlanLog()

  init() throws {
    var network = try Network(inputShape: [16])
    try network.append(.dense(Dense(outputs: 3)), named: "logits")
    self.network = network
    parameters = try Parameters.initial(for: network, random: RandomSource(seed: 1))
    var stream = RandomSource(seed: 2).stream(.data, example: 0)
    images = Tensor(shape: [150, 16], scalars: (0..<150 * 16).map { _ in stream.uniform() })
  }

  private func models() throws -> (loops: PlannedModel<LoopCompiler>, engine: CompiledModel) {
    (
      try PlannedModel(network, parameters, Workers(count: 2), compiler: LoopCompiler(log: log)),
      try CompiledModel(network: network, parameters: parameters)
    )
  }

  // Sums of 16 products, or of 150, in two orders: a few units in the 24th bit of values about 1.
  private func isClose(_ first: Tensor<Float>, _ second: Tensor<Float>) -> Bool {
    first.shape == second.shape && zip(first.scalars, second.scalars).allSatisfy { abs($0 - $1) < 1e-4 }
  }

  @Test func anotherCompilerGivesTheSameModel() throws {
    let (loops, engine) = try models()
    #expect(isClose(try loops.logits(of: images), try engine.logits(of: images)))
    let (logits, gradient) = try loops.pullback(at: images) { logits, _ in logits }
    let expected = try engine.pullback(at: images) { logits, _ in logits }
    #expect(isClose(logits, expected.logits) && isClose(gradient, expected.gradient))
    // 150 in parts of 64, 64 and 22, for each of which one plan of 64 is enough; once for each purpose.
    #expect(log.batches.withLock { $0 } == [64, 64])
  }

  @Test func shardsOfAMinibatchAreSummed() throws {
    let (loops, engine) = try models()
    let context = TrainingContext(seed: 0, step: 0, exampleIDs: Array(0..<150))
    let found = try loops.trainingPass(at: images, context: context) { logits, _ in logits }
    let expected = try engine.trainingPass(at: images, context: context) { logits, _ in logits }
    #expect(isClose(found.logits, expected.logits))
    for (key, gradient) in expected.gradients.tensors {
      // Up to 150 terms of about 1.
      let own = try #require(found.gradients.tensors[key])
      #expect(zip(own.scalars, gradient.scalars).allSatisfy { abs($0 - $1) < 1e-3 }, "\(key)")
    }
    // Three shards of 50, side by side.
    #expect(log.batches.withLock { $0 } == [50, 50, 50])
  }

  @Test func plansReadWeightsAsTheyAreNow() throws {
    let (loops, engine) = try models()
    let key = ParameterKey("logits", .bias)
    _ = try loops.logits(of: images)
    loops.updateParameters { $0.tensors[key] = Tensor(shape: [3], scalars: [1, 2, 3]) }
    engine.updateParameters { $0.tensors[key] = Tensor(shape: [3], scalars: [1, 2, 3]) }
    #expect(isClose(try loops.logits(of: images), try engine.logits(of: images)))
    #expect(log.batches.withLock { $0 } == [64])
  }
}
