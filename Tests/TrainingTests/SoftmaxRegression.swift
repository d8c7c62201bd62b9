import Networks
import Synchronization

/// The smallest model that trains: logits = W x + b, with gradients written by hand. A pass asks for its cotangent in
/// two parts, as sharded models do.
final class SoftmaxRegression: TrainableClassifier {
  let network: Network
  private let weights: Mutex<Parameters>

  var inputShape: Shape { network.inputShape }
  let classCount: Int
  let pullbackLogitsAreExact = true
  var parameters: Parameters { weights.withLock { $0 } }

  init(inputShape: Shape, classCount: Int, weight: [Float]? = nil, bias: [Float]? = nil) throws {
    var network = try Network(inputShape: inputShape)
    try network.append(.flatten(.channelsFirst), named: "flatten")
    try network.append(.dense(Dense(outputs: classCount)), named: "logits")
    self.network = network
    self.classCount = classCount
    var parameters = try Parameters.initial(for: network, random: RandomSource(seed: 11))
    if let weight { parameters["logits", .weight] = Tensor(shape: [classCount, inputShape.count], scalars: weight) }
    if let bias { parameters["logits", .bias] = Tensor(shape: [classCount], scalars: bias) }
    weights = Mutex(parameters)
  }

  func model(of network: Network, parameters: Parameters) throws -> any TrainableClassifier {
    throw NetworkError(node: "logits", expected: "this network alone", found: "another")
  }

  func updateParameters<R>(_ body: (inout Parameters) throws -> R) rethrows -> R {
    try weights.withLock { parameters in try body(&parameters) }
  }

  func logits(of images: Tensor<Float>) throws -> Tensor<Float> {
    let (weight, bias) = tensors()
    var logits = Tensor<Float>(shape: [images.exampleCount, classCount])
    let size = inputShape.count
    logits.withUnsafeMutableScalars { logits in
      for i in 0..<images.exampleCount {
        for k in 0..<classCount {
          logits[i * classCount + k] = (0..<size).reduce(bias[k]) {
            $0 + weight[k * size + $1] * images.scalars[i * size + $1]
          }
        }
      }
    }
    return logits
  }

  func pullback(
    at images: Tensor<Float>, cotangent: LogitCotangent
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    let logits = try logits(of: images)
    let back = try cotangent(logits, 0..<images.exampleCount).scalars
    let (weight, _) = tensors()
    let size = inputShape.count
    var gradient = [Float](repeating: 0, count: images.scalars.count)
    for i in gradient.indices {
      for k in 0..<classCount { gradient[i] += back[i / size * classCount + k] * weight[k * size + i % size] }
    }
    return (logits, Tensor(shape: images.shape, scalars: gradient))
  }

  func trainingPass(
    at images: Tensor<Float>, context: TrainingContext,
    cotangent: @Sendable (_ logits: Tensor<Float>, _ examples: Range<Int>) throws -> Tensor<Float>
  ) throws -> TrainingPass<Float> {
    let logits = try logits(of: images)
    let (count, size) = (images.exampleCount, inputShape.count)
    var back: [Float] = []
    for part in [0..<count / 2, count / 2..<count] { back += try cotangent(logits.examples(part), part).scalars }
    var weight = [Float](repeating: 0, count: classCount * size)
    var bias = [Float](repeating: 0, count: classCount)
    for i in 0..<count {
      for k in 0..<classCount {
        bias[k] += back[i * classCount + k]
        for j in 0..<size { weight[k * size + j] += back[i * classCount + k] * images.scalars[i * size + j] }
      }
    }
    let gradients = Parameters([
      ParameterKey("logits", .weight): Tensor(shape: [classCount, size], scalars: weight),
      ParameterKey("logits", .bias): Tensor(shape: [classCount], scalars: bias),
    ])
    return TrainingPass(logits: logits, gradients: gradients, batchStatistics: Parameters())
  }

  private func tensors() -> (weight: [Float], bias: [Float]) {
    let parameters = parameters
    return (parameters["logits", .weight]?.scalars ?? [], parameters["logits", .bias]?.scalars ?? [])
  }
}
