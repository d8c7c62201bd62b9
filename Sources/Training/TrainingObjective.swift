public import Hyperparameters
public import Networks

/// What an update minimises: the loss of the images as they are, of adversarial or noisy images, or of bounds. Methods of
/// adversarial training conform to this; the loop is the same for all of them.
public protocol TrainingObjective: Sendable {
  /// The gradient of the mean loss of a mini-batch with respect to the weights. The model is left with the weights it
  /// had.
  func pass(through model: some TrainableClassifier, over batch: Minibatch) throws -> ObjectivePass

  /// How many updates in a row are made with each mini-batch.
  var replays: Int { get }

  /// Whether it carries anything from one mini-batch to the next.
  var remembers: Bool { get }

  /// What it carries from one mini-batch to the next. Saved with a checkpoint and put back, it makes a resumed run the
  /// same as one that was never stopped.
  var memory: Tensor<Float>? { get nonmutating set }
}

extension TrainingObjective {
  /// One update per mini-batch.
  public var replays: Int { 1 }

  /// Nothing is carried.
  public var remembers: Bool { false }

  /// Nothing.
  public var memory: Tensor<Float>? {
    get { nil }
    nonmutating set {}
  }
}

/// The images of one update, and the place of the update in the run.
public struct Minibatch: Sendable {
  /// The images with labels and ids.
  public let examples: LabelledImages
  /// The keys of random numbers.
  public let context: TrainingContext
  /// The number of epochs so far, with fractions, for ramps.
  public let epoch: Double
  /// The number of epochs of the run.
  public let epochs: Int
  /// Second labels, where images are mixed.
  public let mixture: Mixture?
  /// How many updates have been made with this mini-batch.
  public let replay: Int

  /// Creates a mini-batch.
  public init(
    examples: LabelledImages, context: TrainingContext, epoch: Double, epochs: Int, mixture: Mixture? = nil,
    replay: Int = 0
  ) {
    self.examples = examples
    self.context = context
    self.epoch = epoch
    self.epochs = epochs
    self.mixture = mixture
    self.replay = replay
  }

  /// The same mini-batch with other images.
  public func replacingImages(_ images: Tensor<Float>) -> Minibatch {
    Minibatch(
      examples: examples.replacingImages(images), context: context, epoch: epoch, epochs: epochs, mixture: mixture,
      replay: replay)
  }

  /// The randomness of this epoch and replay. An example is in one mini-batch of an epoch, so numbers keyed by its id
  /// do not depend on the others there.
  public var random: RandomSource {
    var stream = RandomSource(seed: context.seed).stream(
      .randomStart, example: Int(epoch), step: replay, lane: Self.seedLane)
    return RandomSource(seed: stream.next())
  }

  /// Apart from the lanes of attacks.
  private static let seedLane = 0xFF_FFFF

  /// A loss of the examples at `rows`, second labels included, and the gradient of the sum.
  public func values(
    of loss: Loss, at logits: Tensor<Float>, rows: Range<Int>
  ) -> (values: [Float], gradient: Tensor<Float>) {
    var (values, gradient) = loss(logits, labels: Array(examples.labels[rows]))
    guard let mixture else { return (values, gradient) }
    let second = loss(logits, labels: Array(mixture.labels[rows]))
    let classes = logits.exampleSize
    gradient.withUnsafeMutableScalars { gradient in
      second.gradient.withUnsafeScalars { other in
        for index in gradient.indices {
          let share = mixture.shares[rows.lowerBound + index / classes]
          gradient[index] = (1 - share) * gradient[index] + share * other[index]
        }
      }
    }
    for row in values.indices {
      let share = mixture.shares[rows.lowerBound + row]
      values[row] = (1 - share) * values[row] + share * second.values[row]
    }
    return (values, gradient)
  }
}

extension Minibatch {
  /// Refuses mixed images, for a method that has one label per image.
  package func requireUnmixed(for method: String) throws(TrainingError) {
    guard mixture != nil else { return }
    throw .invalidSetting("mixup", expected: "plain training", found: method)
  }
}

/// The result of one pass over a mini-batch.
public struct ObjectivePass: Sendable {
  /// The sum of the losses of the batch.
  public var lossSum: Double
  /// How many images got their label.
  public var correctCount: Int
  /// The gradient of the mean loss.
  public var gradients: Parameters
  /// For the running statistics of batch normalisations.
  public var batchStatistics: Parameters

  /// Creates the result of a pass.
  public init(lossSum: Double, correctCount: Int, gradients: Parameters, batchStatistics: Parameters) {
    self.lossSum = lossSum
    self.correctCount = correctCount
    self.gradients = gradients
    self.batchStatistics = batchStatistics
  }
}

/// Plain training: the mean of a loss over the images as they are.
public struct StandardObjective: TrainingObjective, Configurable, Hashable {
  /// Name and title.
  public static let method = Method(
    name: "standard", title: "Plain training", summary: "The mean of a loss over the images as they are.")

  /// The loss; cross-entropy unless there is a reason.
  public var loss: Loss = .crossEntropy

  /// All of them.
  public static let hyperparameters: [Hyperparameter<StandardObjective>] = [.labelSmoothing(\.loss)]

  /// Cross-entropy.
  public init() {}

  /// Creates the objective.
  public init(loss: Loss) {
    self.loss = loss
  }

  /// One pass over the images.
  public func pass(through model: some TrainableClassifier, over batch: Minibatch) throws -> ObjectivePass {
    let labels = batch.examples.labels
    let share = 1 / Float(labels.count)
    let pass = try model.trainingPass(at: batch.examples.images, context: batch.context) { [loss] logits, rows in
      var cotangent = batch.values(of: loss, at: logits, rows: rows).gradient
      cotangent.withUnsafeMutableScalars { scalars in
        for i in scalars.indices { scalars[i] *= share }
      }
      return cotangent
    }
    let values = batch.values(of: loss, at: pass.logits, rows: labels.indices).values
    return ObjectivePass(
      lossSum: values.reduce(0) { $0 + Double($1) },
      correctCount: zip(pass.logits.argmax(), labels).count { $0 == $1 }, gradients: pass.gradients,
      batchStatistics: pass.batchStatistics)
  }
}
