import Glibc

/// KL(p ‖ q) = Σ p (log p − log q) between the softmax p of reference logits and the softmax q of other logits: what
/// TRADES (Zhang et al., arXiv 1901.08573) adds to the loss, and what its inner attack maximises.
public struct KullbackLeiblerDivergence: Hashable, Sendable {
  /// Creates the divergence.
  public init() {}

  /// The divergence of every example, and the gradients of their sum with respect to both sets of logits `[N, K]`.
  ///
  /// - Precondition: both tensors have one shape.
  @inlinable
  public func callAsFunction<Scalar>(
    of reference: Tensor<Scalar>, from logits: Tensor<Scalar>
  ) -> (values: [Scalar], referenceGradient: Tensor<Scalar>, gradient: Tensor<Scalar>) {
    precondition(reference.shape == logits.shape, "logits of shapes \(reference.shape) and \(logits.shape)")
    let result = inDoublePrecision(
      reference.scalars.map { Double($0) }, logits.scalars.map { Double($0) }, classes: logits.exampleSize)
    return (
      result.values.map { Scalar($0) },
      Tensor(shape: logits.shape, scalars: result.referenceGradient.map { Scalar($0) }),
      Tensor(shape: logits.shape, scalars: result.gradient.map { Scalar($0) })
    )
  }

  @usableFromInline
  func inDoublePrecision(
    _ reference: [Double], _ logits: [Double], classes: Int
  ) -> (values: [Double], referenceGradient: [Double], gradient: [Double]) {
    let logP = logSoftmax(reference, classes: classes)
    let logQ = logSoftmax(logits, classes: classes)
    var values = [Double](repeating: 0, count: logits.count / max(classes, 1))
    var referenceGradient = [Double](repeating: 0, count: logits.count)
    var gradient = referenceGradient
    for example in values.indices {
      let range = example * classes..<(example + 1) * classes
      for k in range { values[example] += exp(logP[k]) * (logP[k] - logQ[k]) }
      for k in range {
        let p = exp(logP[k])
        referenceGradient[k] = p * (logP[k] - logQ[k] - values[example])
        gradient[k] = exp(logQ[k]) - p
      }
    }
    return (values, referenceGradient, gradient)
  }
}
