public import Hyperparameters
public import Networks
import Synchronization
public import Training

/// Several updates with the same mini-batch, each of which also moves a perturbation that is kept from mini-batch to
/// mini-batch.
///
///     w ← update with ∇L(w, x + δ);  δ ← clip(δ + ε sign ∇L(w, x + δ))      `replays` times, then the next batch
///
/// Shafahi et al., *Adversarial training for free!*, arXiv 1904.12843; m = 8 in the paper, with the number of epochs
/// divided by m. Both gradients are taken at the same weights and the same point. The gradient for δ is taken in inference
/// mode, as in all methods here, and costs a pass of its own: this version is not quite free.
public struct FreeAdversarialTraining: AdversarialDefence {
  /// Name, title and source.
  public static let method = Method(
    name: "free", title: "Free adversarial training",
    summary: "Several updates with each mini-batch; the perturbation is kept for the next one.",
    citation: "Shafahi, Najibi, Ghiasi, Xu, Dickerson, Studer, Davis, Taylor and Goldstein, arXiv 1904.12843")

  /// Norm, radius and box; the radius does not rise.
  public var threat = TrainingThreat()
  /// Updates with each mini-batch, m.
  public var replays = 8
  /// The loss that the weights minimise.
  public var loss: Loss = .crossEntropy
  /// Threads of the gradient.
  public var workers = Workers(count: 1)

  /// All of them.
  public static let hyperparameters: [Hyperparameter<FreeAdversarialTraining>] =
    TrainingThreat.ball.lifted(to: \.threat) + [
      .integer("replays", \.replays, in: 1...1000, "The updates with each mini-batch."), .labelSmoothing(\.loss),
    ]

  /// The defaults.
  public init() {}

  /// Creates a method.
  public init(threat: TrainingThreat, replays: Int = FreeAdversarialTraining().replays) {
    self.threat = threat
    self.replays = replays
  }

  /// A run of it.
  public func makeObjective(
    bounds: ClosedRange<Float>, sources: [any DifferentiableClassifier], workers: Workers
  ) -> any TrainingObjective { FreeObjective(prepared(bounds: bounds, workers: workers)) }
}

/// What free adversarial training minimises, with the perturbation of one run.
public final class FreeObjective: TrainingObjective {
  /// The method.
  public let method: FreeAdversarialTraining
  private let perturbation = Mutex<Tensor<Float>?>(nil)

  /// Creates the objective, with a perturbation of zero.
  public init(_ method: FreeAdversarialTraining) {
    self.method = method
  }

  /// Updates with each mini-batch.
  public var replays: Int { method.replays }

  /// True: the perturbation.
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
    let threat = method.threat.model
    // As in the paper's code the perturbation of the last batch may leave the box of the new one.
    let gradient = try method.workers.images(for: batch.examples.replacingImages(points)) { examples in
      try model.lossGradient(at: examples.images, labels: examples.labels)
    }
    let pass = try StandardObjective(loss: method.loss).pass(through: model, over: batch.replacingImages(points))
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
