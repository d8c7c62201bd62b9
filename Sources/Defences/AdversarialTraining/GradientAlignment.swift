import Glibc
public import Hyperparameters
public import Networks
public import Training

/// FGSM training with a penalty that keeps input gradients alike within the ball, against catastrophic overfitting.
///
///     L = CE(z(x'), y) + weight · (1 − cos(∇ℓ(x), ∇ℓ(x + η))),   x' from FGSM, η uniform in the ball
///
/// Andriushchenko and Flammarion, *Understanding and improving fast adversarial training*, arXiv 2007.02617, with weight
/// 0.2 at ε = 8/255.
///
/// The penalty's gradient needs derivatives of input gradients with respect to weights. They are differences of weight
/// gradients: with v = ∂penalty/∂(∇ℓ) held fixed, ∂(v · ∇ℓ(x))/∂w is the derivative of ∂ℓ(x + h v)/∂w along h, taken
/// here over ± `difference` pixel units in the largest coordinate. What back-propagating twice misses, kinks of ReLUs
/// within that distance, is seen. This asks for a network that is the same in training and in inference: without batch
/// normalisation and dropout.
public struct GradientAlignment: TrainingObjective, AdversarialDefence {
  /// Name, title and source.
  public static let method = Method(
    name: "grad-align", title: "Gradient alignment",
    summary: "One step, and aligned input gradients, for networks without batch normalisation.",
    citation: "Andriushchenko and Flammarion, arXiv 2007.02617")

  /// Norm, radius and box.
  public var threat = TrainingThreat()
  /// The weight of the penalty.
  public var weight: Float = 0.2
  /// Half the distance over which weight gradients are compared.
  public var difference: Float = 1e-3
  /// Threads of the input gradients.
  public var workers = Workers(count: 1)

  /// All of them.
  public static let hyperparameters: [Hyperparameter<GradientAlignment>] =
    TrainingThreat.hyperparameters.lifted(to: \.threat) + [.penalty(\.weight), .difference(\.difference)]

  /// The defaults.
  public init() {}

  /// Creates the objective.
  public init(
    threat: TrainingThreat, weight: Float = GradientAlignment().weight,
    difference: Float = GradientAlignment().difference, workers: Workers = Workers(count: 1)
  ) {
    self.threat = threat
    self.weight = weight
    self.difference = difference
    self.workers = workers
  }

  /// One pass over five versions of the mini-batch: the adversarial one, and two differences.
  public func pass(through model: some TrainableClassifier, over batch: Minibatch) throws -> ObjectivePass {
    try batch.requireUnmixed(for: "adversarial training")
    try model.network.requireSameInTraining(for: "gradient alignment")
    let threat = threat.model(atEpoch: batch.epoch)
    let examples = batch.examples
    let noisy = anywhere(threat).randomStart(
      around: examples.images, ids: examples.ids, restart: 0, source: batch.random)
    let gradients = try [examples.images, noisy].map { points in
      try workers.images(for: examples.replacingImages(points)) {
        try model.lossGradient(at: $0.images, labels: $0.labels)
      }
    }
    var points = examples.images
    threat.ascend(&points, along: gradients[0], stepSize: threat.radius, around: examples.images)
    let penalty = AlignmentPenalty(gradients[0], gradients[1])
    return try pass(model, batch, adversarial: points, penalty, centers: [examples.images, noisy])
  }

  /// As in the authors' code the noise may leave the box.
  private func anywhere(_ threat: ThreatModel) -> ThreatModel {
    ThreatModel(norm: threat.norm, radius: threat.radius, bounds: -1e6...1e6)
  }

  private func pass(
    _ model: some TrainableClassifier, _ batch: Minibatch, adversarial: Tensor<Float>, _ penalty: AlignmentPenalty,
    centers: [Tensor<Float>]
  ) throws -> ObjectivePass {
    let count = batch.examples.count
    var images = [adversarial]
    var weights = Array(repeating: 1 / Float(count), count: count)
    for (center, direction) in zip(centers, [penalty.first, penalty.second]) {
      let (units, lengths) = direction.normalizedExamples()
      for sign: Float in [1, -1] {
        images.append(center.adding(units, times: sign * difference))
        weights += lengths.map { sign * weight * $0 / (2 * difference) }
      }
    }
    let labels = Array(repeatElement(batch.examples.labels, count: images.count).joined())
    var context = batch.context
    context.exampleIDs = Array(repeatElement(context.exampleIDs, count: images.count).joined())
    let pass = try model.trainingPass(at: Tensor.concatenating(images), context: context) { [weights] logits, rows in
      Loss.crossEntropy(logits, labels: Array(labels[rows])).gradient.scalingExamples(by: Array(weights[rows]))
    }
    let logits = pass.logits.examples(0..<count)
    let loss = Loss.crossEntropy(logits, labels: batch.examples.labels).values.reduce(0) { $0 + Double($1) }
    return ObjectivePass(
      lossSum: loss + Double(count) * Double(weight) * penalty.value,
      correctCount: zip(logits.argmax(), labels).count { $0 == $1 }, gradients: pass.gradients,
      batchStatistics: pass.batchStatistics)
  }
}

/// 1 − the mean cosine of pairs of gradients (zero ones left out), and its derivatives with respect to both.
struct AlignmentPenalty {
  private(set) var value = 0.0
  private(set) var first: Tensor<Float>
  private(set) var second: Tensor<Float>

  init(_ a: Tensor<Float>, _ b: Tensor<Float>) {
    (first, second) = (Tensor(shape: a.shape), Tensor(shape: a.shape))
    let size = a.exampleSize
    let pairs = (0..<a.exampleCount).map { row in
      let range = row * size..<(row + 1) * size
      return (range, a.scalars[range].map(Double.init), b.scalars[range].map(Double.init))
    }.filter { dot($0.1, $0.1) > 0 && dot($0.2, $0.2) > 0 }
    for (range, x, y) in pairs {
      let (lengthX, lengthY) = (dot(x, x).squareRoot(), dot(y, y).squareRoot())
      let cosine = dot(x, y) / (lengthX * lengthY)
      let share = 1 / Double(pairs.count)
      value += share * (1 - cosine)
      // d(−cos)/dx = (cos · x/|x| − y/|y|) / |x|.
      func fill(_ target: inout Tensor<Float>, _ u: [Double], _ v: [Double], _ lengthU: Double, _ lengthV: Double) {
        target.withUnsafeMutableScalars { scalars in
          for (k, index) in range.enumerated() {
            scalars[index] = Float(share * (cosine * u[k] / lengthU - v[k] / lengthV) / lengthU)
          }
        }
      }
      fill(&first, x, y, lengthX, lengthY)
      fill(&second, y, x, lengthY, lengthX)
    }
  }
}

private func dot(_ a: [Double], _ b: [Double]) -> Double {
  zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
}

extension Tensor<Float> {
  /// Every example over its largest magnitude, and these magnitudes; a zero example stays.
  fileprivate func normalizedExamples() -> (units: Tensor, lengths: [Float]) {
    let size = exampleSize
    let lengths = (0..<exampleCount).map { row in
      scalars[row * size..<(row + 1) * size].reduce(0) { Swift.max($0, abs($1)) }
    }
    return (scalingExamples(by: lengths.map { $0 > 0 ? 1 / $0 : 0 }), lengths)
  }
}
