public import Networks

/// A model with its logits multiplied by a number: its predictions are the same, its gradients of the cross-entropy are
/// not.
///
/// Where logits are so far apart that the softmax saturates, dividing them brings the gradient back (Carlini and Wagner,
/// *Defensive distillation is not robust to adversarial examples*, arXiv 1607.04311).
public struct ScaledLogits: DifferentiableClassifier {
  private let model: any DifferentiableClassifier
  private let factor: Float

  /// Multiplies the logits of a model by a positive factor.
  public init(_ model: any DifferentiableClassifier, times factor: Float) {
    self.model = model
    self.factor = factor
  }

  /// That of the model.
  public var inputShape: Shape { model.inputShape }

  /// That of the model.
  public var classCount: Int { model.classCount }

  /// That of the model.
  public var pullbackLogitsAreExact: Bool { model.pullbackLogitsAreExact }

  /// The scaled logits.
  public func logits(of images: Tensor<Float>) throws -> Tensor<Float> {
    try model.logits(of: images).scaled(by: factor)
  }

  /// The scaled logits, and the gradient through them.
  public func pullback(
    at images: Tensor<Float>, cotangent: LogitCotangent
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    let (logits, gradient) = try model.pullback(at: images) { logits, rows in
      try cotangent(logits.scaled(by: factor), rows).scaled(by: factor)
    }
    return (logits.scaled(by: factor), gradient)
  }
}
