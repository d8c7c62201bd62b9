public import Networks
import Training

/// An `IntervalNetwork` of a model that is trained, on the same engine.
public struct IntervalModel: Sendable {
  /// The network of logits and margins.
  public let intervals: IntervalNetwork
  private let model: any TrainableClassifier

  /// Prepares it for a model.
  ///
  /// - Throws: `NetworkError` where intervals do not pass through the model's network.
  public init(of model: some TrainableClassifier, pixels: ClosedRange<Float>) throws {
    intervals = try IntervalNetwork(of: model.network, pixels: pixels)
    self.model = try model.model(
      of: intervals.network, parameters: intervals.parameters(from: model.parameters, radius: 0))
  }

  /// The gradient of the mean loss of a mini-batch. An image counts as correct where the bounds prove, up to rounding, that
  /// every image of its box gets the label.
  ///
  /// - Parameters:
  ///   - parameters: The weights of the classifier.
  ///   - batch: The mini-batch; its images are the middle of the boxes.
  ///   - radius: ε.
  ///   - cleanWeight: The weight of the cross-entropy of the images themselves.
  ///   - worstWeight: That of the cross-entropy of the worst logits in the box.
  /// - Returns: The pass.
  /// - Throws: `NetworkError` where the weights are not those of the classifier; what the engine throws.
  func pass(
    at parameters: Parameters, over batch: Minibatch, radius: Float, cleanWeight: Float, worstWeight: Float
  ) throws -> ObjectivePass {
    let derived = try intervals.parameters(from: parameters, radius: radius)
    model.updateParameters { $0 = derived }
    let labels = batch.examples.labels
    let loss = IntervalLoss(intervals: intervals, cleanWeight: cleanWeight, worstWeight: worstWeight)
    let share = 1 / Float(labels.count)
    let pass = try model.trainingPass(at: batch.examples.images, context: batch.context) { outputs, rows in
      loss(outputs, labels: Array(labels[rows])).gradient.scaled(by: share)
    }
    return ObjectivePass(
      lossSum: loss(pass.logits, labels: labels).values.reduce(0) { $0 + Double($1) },
      correctCount: verifiedCount(pass.logits, labels: labels),
      gradients: intervals.pullback(pass.gradients, at: parameters), batchStatistics: Parameters())
  }

  /// How many images have positive bounds on all margins of their labels.
  private func verifiedCount(_ outputs: Tensor<Float>, labels: [Int]) -> Int {
    let (margins, classes) = (intervals.margins(in: outputs, labels: labels).scalars, intervals.classCount)
    return labels.enumerated().count { row, label in
      (0..<classes).allSatisfy { $0 == label || margins[row * classes + $0] > 0 }
    }
  }
}
