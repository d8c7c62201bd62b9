public import Hyperparameters
import Networks

/// A loss of the logits that grows as one class, the target, gains on the label.
public enum TargetedLoss: String, CaseIterable, Codable, Sendable, HyperparameterType {
  /// The difference to the label over the spread of the leading logits, `TargetedLogitRatio`.
  case logitRatio = "dlr"
  /// The target's logit minus the label's.
  case margin
  /// The negative cross-entropy of the target.
  case crossEntropy = "cross-entropy"

  /// The number of classes below which the loss is not defined.
  public var minimumClasses: Int {
    switch self {
    case .logitRatio: TargetedLogitRatio.minimumClasses
    case .margin, .crossEntropy: 2
    }
  }

  /// The loss of every example of `logits` `[N, K]`, and the gradient of their sum with respect to the logits.
  func callAsFunction(
    _ logits: Tensor<Float>, labels: [Int], targets: [Int]
  ) -> (values: [Float], gradient: Tensor<Float>) {
    switch self {
    case .logitRatio: return TargetedLogitRatio(targets: targets)(logits, labels: labels)
    case .margin: return difference(logits, labels: labels, targets: targets)
    case .crossEntropy:
      let (values, gradient) = Loss.crossEntropy(logits, labels: targets)
      return (values.map { -$0 }, Tensor(shape: gradient.shape, scalars: gradient.scalars.map { -$0 }))
    }
  }

  private func difference(
    _ logits: Tensor<Float>, labels: [Int], targets: [Int]
  ) -> (values: [Float], gradient: Tensor<Float>) {
    let classes = logits.exampleSize
    var gradient = [Float](repeating: 0, count: logits.shape.count)
    let values = logits.withUnsafeScalars { logits in
      labels.indices.map { row in
        let (label, target) = (row * classes + labels[row], row * classes + targets[row])
        gradient[target] += 1
        gradient[label] -= 1
        return logits[target] - logits[label]
      }
    }
    return (values, Tensor(shape: logits.shape, scalars: gradient))
  }
}
