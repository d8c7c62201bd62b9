import Networks

/// The loss of logits and of bounds of margins: cross-entropy of the logits, and cross-entropy of the worst logits that
/// the bounds allow.
///
///     L = cleanWeight · CE(z, y) + worstWeight · CE(−m, y)
///
/// The worst logits are those of every other class relative to the label's: −m[j], and 0 for the label itself.
struct IntervalLoss {
  let cleanWeight: Float
  let worstWeight: Float

  /// The loss of a pass of which the share `worst` is that of the bounds.
  init(worst: Float) { self.init(cleanWeight: 1 - worst, worstWeight: worst) }

  init(cleanWeight: Float, worstWeight: Float) {
    (self.cleanWeight, self.worstWeight) = (cleanWeight, worstWeight)
  }

  /// The losses, and the gradients of their sum.
  func callAsFunction(
    logits: Tensor<Float>, margins: Tensor<Float>, labels: [Int]
  ) -> (values: [Float], logits: Tensor<Float>, margins: Tensor<Float>) {
    let clean = Loss.crossEntropy(logits, labels: labels)
    let worst = Loss.crossEntropy(margins.scaled(by: -1), labels: labels)
    return (
      zip(clean.values, worst.values).map { cleanWeight * $0 + worstWeight * $1 },
      clean.gradient.scaled(by: cleanWeight), worst.gradient.scaled(by: -worstWeight)
    )
  }
}
