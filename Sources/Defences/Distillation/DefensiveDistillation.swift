import Glibc
public import Hyperparameters
public import Networks
public import Training

/// Defensive distillation: training at a temperature, first on labels, then on the teacher's probabilities.
///
///     L = T · CE(t, softmax(z / T)),   t the labels, or softmax(teacher's logits / T)
///
/// Papernot, McDaniel, Wu, Jha and Swami, *Distillation as a defense to adversarial perturbations against deep neural
/// networks*, arXiv 1511.04508. A network is trained at temperature T on the labels, a second one of the same structure
/// on the first one's probabilities at T; the second is used at temperature 1. The factor T, not in the paper, keeps
/// the size of the gradient that it has without a temperature, and does not change the minima.
///
/// It is included as an example of a defence that fails. Logits grow T-fold in training, so that at temperature 1 every
/// probability is 0 or 1 and the gradient of the cross-entropy vanishes in floating point: an attack on that loss has
/// no direction. The network is as easy to attack as any other, by a loss of the logits themselves (`Loss.margin`, as
/// Carlini and Wagner did, arXiv 1608.04644) or by dividing the logits by T (`ScaledLogits`).
public struct DefensiveDistillation: TrainingObjective, TrainingDefence {
  /// Name, title and source.
  public static let method = Method(
    name: "distillation", title: "Defensive distillation",
    summary: "Flattens the gradient, and nothing else; a defence that fails.",
    citation: "Papernot, McDaniel, Wu, Jha and Swami, arXiv 1511.04508")
  /// The teacher.
  public static var sources: (count: ClosedRange<Int>, text: String) {
    (0...1, "the teacher alone, or none to train the teacher")
  }

  /// T.
  public var temperature: Float = 20
  /// The network trained on labels; nil while the teacher itself is trained.
  public var teacher: (any Classifier)?

  /// The hyper-parameters.
  public static let hyperparameters: [Hyperparameter<DefensiveDistillation>] = [
    .number(
      "temperature", \.temperature, .from(0.001, to: 1_000_000),
      "What logits are divided by in training; the same for teacher and student.")
  ]

  /// The defaults.
  public init() {}

  /// The objective of the teacher, or with a source model that of the student.
  public func makeObjective(
    bounds: ClosedRange<Float>, sources: [any DifferentiableClassifier], workers: Workers
  ) -> any TrainingObjective { DefensiveDistillation(temperature: temperature, teacher: sources.first) }

  /// Creates the objective of the teacher, or with a teacher that of the student.
  public init(temperature: Float = DefensiveDistillation().temperature, teacher: (any Classifier)? = nil) {
    self.temperature = temperature
    self.teacher = teacher
  }

  /// One pass over the images.
  ///
  /// - Throws: `TrainingError` for a temperature that is not positive, and for mixed images.
  public func pass(through model: some TrainableClassifier, over batch: Minibatch) throws -> ObjectivePass {
    guard temperature > 0, temperature.isFinite else {
      throw TrainingError.invalidSetting("temperature", expected: "a positive number", found: "\(temperature)")
    }
    try batch.requireUnmixed(for: "distillation")
    let targets = try targets(batch.examples, classCount: model.classCount)
    let share = 1 / Float(batch.examples.count)
    let pass = try model.trainingPass(at: batch.examples.images, context: batch.context) { logits, rows in
      loss(logits, targets.examples(rows)).gradient.scaled(by: share)
    }
    return ObjectivePass(
      lossSum: loss(pass.logits, targets).value,
      correctCount: zip(pass.logits.argmax(), batch.examples.labels).count { $0 == $1 }, gradients: pass.gradients,
      batchStatistics: pass.batchStatistics)
  }

  /// One row of probabilities per image.
  private func targets(_ examples: LabelledImages, classCount: Int) throws -> Tensor<Float> {
    let shape: Shape = [examples.count, classCount]
    guard let teacher else {
      var scalars = [Float](repeating: 0, count: shape.count)
      for (row, label) in examples.labels.enumerated() { scalars[row * classCount + label] = 1 }
      return Tensor(shape: shape, scalars: scalars)
    }
    let logits = try teacher.logits(of: examples.images).scaled(by: 1 / temperature)
    return Tensor(shape: shape, scalars: logits.logProbabilities.map { Float(exp($0)) })
  }

  /// The sum of the losses, and its gradient softmax(z / T) − t.
  private func loss(_ logits: Tensor<Float>, _ targets: Tensor<Float>) -> (value: Double, gradient: Tensor<Float>) {
    let logarithms = logits.scaled(by: 1 / temperature).logProbabilities
    var value = 0.0
    var gradient = targets
    gradient.withUnsafeMutableScalars { scalars in
      for i in scalars.indices {
        if scalars[i] > 0 { value -= Double(temperature) * Double(scalars[i]) * logarithms[i] }
        scalars[i] = Float(exp(logarithms[i]) - Double(scalars[i]))
      }
    }
    return (value, gradient)
  }
}
