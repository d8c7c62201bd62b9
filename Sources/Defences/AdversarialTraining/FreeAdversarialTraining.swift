public import Networks
import Synchronization
public import Training

/// Several updates with the same mini-batch, each of which also moves a perturbation that lives on from mini-batch to
/// mini-batch.
///
///     w ← update with ∇L(w, x + δ);  δ ← clip(δ + ε sign ∇L(w, x + δ))      `replays` times, then the next batch
///
/// Shafahi et al., *Adversarial training for free!*, arXiv 1904.12843; m = 8 in the paper, with the number of epochs
/// divided by m. Both gradients are taken at the same weights and the same point. As everywhere here the one for δ is
/// that of inference mode and costs a pass of its own, so that it is a method among others and not quite free.
public final class FreeAdversarialTraining: TrainingObjective {
  /// Norm, radius and box.
  public let threat: ThreatModel
  /// Updates with each mini-batch, m.
  public let replays: Int
  /// The loss that the weights minimise.
  public let loss: Loss
  /// Threads of the gradient.
  public let workers: Workers
  private let perturbation = Mutex<Tensor<Float>?>(nil)

  /// Creates the objective, with a perturbation of zero.
  public init(
    threat: ThreatModel, replays: Int = 8, loss: Loss = .crossEntropy, workers: Workers = Workers(count: 1)
  ) {
    self.threat = threat
    self.replays = replays
    self.loss = loss
    self.workers = workers
  }

  /// It carries the perturbation.
  public var remembers: Bool { true }

  /// The perturbation, one for every place in a mini-batch.
  public var memory: Tensor<Float>? {
    get { perturbation.withLock { $0 } }
    set { perturbation.withLock { $0 = newValue } }
  }

  /// One of the updates.
  public func pass(through model: some TrainableClassifier, over batch: Minibatch) throws -> ObjectivePass {
    try batch.requireUnmixed(for: "adversarial training")
    let images = batch.examples.images
    let points = perturbed(images)
    // As in the paper's code the perturbation of the last batch may leave the box of the new one.
    let gradient = try workers.images(for: batch.examples.replacingImages(points)) { examples in
      try model.lossGradient(at: examples.images, labels: examples.labels)
    }
    let pass = try StandardObjective(loss: loss).pass(through: model, over: batch.replacingImages(points))
    var moved = points
    threat.ascend(&moved, along: gradient, stepSize: threat.radius, around: images)
    keep(moved, images)
    return pass
  }

  /// x + δ.
  private func perturbed(_ images: Tensor<Float>) -> Tensor<Float> {
    guard let perturbation = memory, perturbation.shape.example == images.shape.example else { return images }
    var points = images
    points.withUnsafeMutableScalars { points in
      perturbation.withUnsafeScalars { perturbation in
        for i in 0..<min(points.count, perturbation.count) { points[i] += perturbation[i] }
      }
    }
    return points
  }

  /// δ = points − images in the places of this mini-batch; places it does not fill keep theirs.
  private func keep(_ points: Tensor<Float>, _ images: Tensor<Float>) {
    var changes = points
    changes.withUnsafeMutableScalars { changes in
      images.withUnsafeScalars { images in for i in changes.indices { changes[i] -= images[i] } }
    }
    guard var all = memory, all.exampleCount > changes.exampleCount, all.shape.example == changes.shape.example else {
      memory = changes
      return
    }
    all.scatter(changes, to: Array(0..<changes.exampleCount))
    memory = all
  }
}
