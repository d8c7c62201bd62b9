internal import Attacks
internal import Exchange
internal import Networks

/// The classes that a model gives images as they are, in single precision.
struct CleanPredictions {
  /// Nil where logits are not finite.
  let classes: [Int?]
  private let labels: [Int]

  init(of inputs: AttackInputs, _ workers: Workers) throws {
    labels = inputs.data.labels
    classes = predictions(of: try workers.logits(of: inputs.data.images, inputs.model.classifier))
  }

  /// Whether an image has its label.
  func isRight(_ row: Int) -> Bool { classes[row] == labels[row] }

  /// The share of the images that have their labels.
  var accuracy: Proportion { Proportion(hits: labels.indices.count(where: isRight), count: labels.count) }

  /// The same for warnings.
  var accuracies: ExampleAccuracies {
    ExampleAccuracies(statuses: labels.indices.map { isRight($0) ? .robust : .misclassified })
  }
}
