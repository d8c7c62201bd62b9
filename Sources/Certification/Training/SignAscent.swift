import Hyperparameters
import Networks
import Training

/// The search of certified training for a point of high loss: sign steps from a random start, of a length that falls.
///
/// As in the code of SABR: half the radius, a tenth of that after 4 steps, a hundredth after 7.
struct SignAscent {
  /// The number of steps.
  let steps: Int
  /// Where to search.
  let threat: ThreatModel
  /// Threads.
  let workers: Workers

  /// A point for each image.
  func points(for batch: Minibatch, model: some TrainableClassifier) throws -> Tensor<Float> {
    let random = batch.random
    return try workers.images(for: batch.examples) { [self] examples in
      var points = threat.randomStart(around: examples.images, ids: examples.ids, restart: 0, source: random)
      for step in 0..<steps {
        let (_, gradient) = try model.pullback(at: points) { logits, rows in
          Loss.crossEntropy(logits, labels: Array(examples.labels[rows])).gradient
        }
        let size = threat.radius * Self.share(ofStep: step)
        threat.ascend(&points, along: gradient, stepSize: size, around: examples.images)
      }
      return points
    }
  }

  /// The length of a step over the radius.
  static func share(ofStep step: Int) -> Float {
    switch step {
    case ..<4: 0.5
    case ..<7: 0.05
    default: 0.005
    }
  }
}

extension Hyperparameter {
  /// The steps of the search.
  static func steps(_ path: any WritableKeyPath<Owner, Int> & Sendable) -> Hyperparameter {
    .integer("steps", path, in: 1...100_000, "The steps of the search for a point of high loss.")
  }
}
