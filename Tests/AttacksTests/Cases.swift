import Attacks
import Networks
import Reference
import TestSupport

/// Images many of whose pixels are at or near the ends of the box; `inner` ones keep away from them.
func images(_ count: Int, shape: Shape, inner: Bool = false, seed: UInt64 = 9) -> Tensor<Float> {
  var scalars: [Float] = []
  for example in 0..<count {
    var stream = RandomSource(seed: seed).stream(.data, example: example)
    for _ in 0..<shape.count {
      let value = stream.uniform()
      switch stream.integer(below: 3) {
      case _ where inner: scalars.append(0.4 + 0.2 * value)
      case 0: scalars.append(value < 0.5 ? 0 : 1)
      case 1: scalars.append(value < 0.5 ? 0.05 * value : 1 - 0.05 * value)
      default: scalars.append(value)
      }
    }
  }
  return Tensor(shape: shape.batched(count), scalars: scalars)
}

/// A set whose labels are what the model predicts, so that every image is attacked.
func evaluationSet(
  _ images: Tensor<Float>, model: any Classifier, targeted: Bool = false
) throws -> EvaluationSet {
  let labels = predictions(of: try model.logits(of: images)).map { $0 ?? 0 }
  return try EvaluationSet(
    images: images, labels: labels, targets: targeted ? labels.map { ($0 + 1) % model.classCount } : nil)
}

func evaluator(batchSize: Int = 16, workers: Int = 1, seed: UInt64 = 1) -> Evaluator {
  var evaluator = Evaluator()
  evaluator.batchSize = batchSize
  evaluator.workers = Workers(count: workers)
  evaluator.random = RandomSource(seed: seed)
  return evaluator
}

/// The oracle as a model to attack.
struct OracleClassifier: DifferentiableClassifier {
  let model: ReferenceModel
  let classCount: Int
  let pullbackLogitsAreExact = true

  /// A small convolutional network with random weights.
  static func tiny(seed: UInt64 = 3) throws -> OracleClassifier {
    let network = try Architectures.network("tinycnn", inputShape: [1, 8, 8], classCount: 10)
    let parameters = try Parameters.initial(for: network, random: RandomSource(seed: seed))
    let doubled = ParameterSet<Double>(parameters.tensors.mapValues(\.double))
    return OracleClassifier(model: try ReferenceModel(network: network, parameters: doubled), classCount: 10)
  }

  var inputShape: Shape { model.network.inputShape }

  func logits(of images: Tensor<Float>) throws -> Tensor<Float> { model.logits(of: images.double).float }

  func pullback(
    at images: Tensor<Float>, cotangent: LogitCotangent
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    let logits = try logits(of: images)
    let cotangents = try cotangent(logits, 0..<images.exampleCount).double
    return (logits, model.pullback(at: images.double, cotangent: cotangents).inputGradient.float)
  }
}

/// A model of one pixel with zero gradient: class 1 inside the given bands, class 0 elsewhere. The other logit is the
/// pixel itself, so that the loss of class 0 grows with it.
struct BandClassifier: DifferentiableClassifier {
  let bands: [ClosedRange<Float>]
  let inputShape: Shape = [1]
  let classCount = 2
  let pullbackLogitsAreExact = true

  func logits(of images: Tensor<Float>) throws -> Tensor<Float> {
    let scalars = images.scalars.flatMap { pixel -> [Float] in
      bands.contains { $0.contains(pixel) } ? [0, 1] : [1, 0.5 * pixel]
    }
    return Tensor(shape: [images.exampleCount, 2], scalars: scalars)
  }

  func pullback(
    at images: Tensor<Float>, cotangent: LogitCotangent
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    (try logits(of: images), Tensor(shape: images.shape))
  }
}
