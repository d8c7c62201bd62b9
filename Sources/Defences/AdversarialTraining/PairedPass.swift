package import Networks
import Training

/// A loss of the logits of clean images and of their adversarial replacements together.
package struct PairedLoss {
  /// The loss of every example.
  package var values: [Double]
  /// The gradient of their sum at the clean logits.
  package var clean: Tensor<Float>
  /// The gradient of their sum at the adversarial logits.
  package var adversarial: Tensor<Float>
}

extension TrainableClassifier {
  /// The pass of one update, for a loss of clean and adversarial logits together, with gradients through both.
  ///
  /// The two halves of the batch are run apart, as in the code of the papers, so that each has its own batch statistics;
  /// the running ones move towards their mean. Dropout drops the same units in both. As either gradient needs the
  /// logits of the other half, the clean logits are found in a pass of their own first.
  func pairedPass(
    over batch: Minibatch, at points: Tensor<Float>,
    loss: @Sendable (_ clean: Tensor<Float>, _ adversarial: Tensor<Float>, _ labels: [Int]) -> PairedLoss
  ) throws -> ObjectivePass {
    let (images, labels) = (batch.examples.images, batch.examples.labels)
    let share = 1 / Float(labels.count)
    let cleanLogits = try trainingLogits(of: images, context: batch.context)
    var pass = try trainingPass(at: points, context: batch.context) { logits, rows in
      loss(cleanLogits.examples(rows), logits, Array(labels[rows])).adversarial.scaled(by: share)
    }
    let adversarialLogits = pass.logits
    let cleanPass = try trainingPass(at: images, context: batch.context) { logits, rows in
      loss(logits, adversarialLogits.examples(rows), Array(labels[rows])).clean.scaled(by: share)
    }
    pass.gradients.add(cleanPass.gradients)
    pass.batchStatistics.forEachTensor { scalars in for i in scalars.indices { scalars[i] /= 2 } }
    pass.batchStatistics.add(cleanPass.batchStatistics, times: 0.5)
    return ObjectivePass(
      lossSum: loss(cleanPass.logits, adversarialLogits, labels).values.reduce(0, +),
      correctCount: zip(adversarialLogits.argmax(), labels).count { $0 == $1 }, gradients: pass.gradients,
      batchStatistics: pass.batchStatistics)
  }

  /// Logits in training mode; found without a backward pass where inference mode gives the same.
  private func trainingLogits(of images: Tensor<Float>, context: TrainingContext) throws -> Tensor<Float> {
    guard network.differsInTraining else { return try logits(of: images) }
    return try trainingPass(at: images, context: context) { logits, _ in Tensor(shape: logits.shape) }.logits
  }
}

extension Network {
  /// Whether batch statistics or dropout make training passes differ from inference.
  var differsInTraining: Bool {
    nodes.contains { node in
      switch node.operation {
      case .batchNormalization: true
      case .dropout(let rate): rate > 0
      default: false
      }
    }
  }

  /// Refuses such a network, for a method that needs training and inference mode to have the same gradients.
  func requireSameInTraining(for method: String) throws(TrainingError) {
    guard differsInTraining else { return }
    throw .invalidSetting(
      "network", expected: "one without batch normalisation and dropout for \(method)", found: "one that has them")
  }
}
