import Networks

/// The loss of the outputs of an `IntervalNetwork`: cross-entropy of the logits, and cross-entropy of the worst logits
/// that the bounds allow.
///
///     L = cleanWeight · CE(z, y) + worstWeight · CE(−m[y, ·], y)
///
/// The worst logits are those of every other class relative to the label's: −m[y, j], and 0 for the label itself.
struct IntervalLoss {
  let intervals: IntervalNetwork
  let cleanWeight: Float
  let worstWeight: Float

  /// The losses, and the gradient of their sum at the outputs.
  func callAsFunction(_ outputs: Tensor<Float>, labels: [Int]) -> (values: [Float], gradient: Tensor<Float>) {
    let classes = intervals.classCount
    let worst = Loss.crossEntropy(intervals.margins(in: outputs, labels: labels).scaled(by: -1), labels: labels)
    let clean = Loss.crossEntropy(logits(in: outputs), labels: labels)
    var gradient = Tensor<Float>(shape: outputs.shape)
    let size = outputs.exampleSize
    gradient.withUnsafeMutableScalars { gradient in
      for (row, label) in labels.enumerated() {
        let (start, margins) = (row * size, row * size + (1 + label) * classes)
        for other in 0..<classes {
          gradient[start + other] = cleanWeight * clean.gradient.scalars[row * classes + other]
          if other != label {
            gradient[margins + other] = -worstWeight * worst.gradient.scalars[row * classes + other]
          }
        }
      }
    }
    let values = zip(clean.values, worst.values).map { cleanWeight * $0 + worstWeight * $1 }
    return (values, gradient)
  }

  /// The classifier's own logits.
  private func logits(in outputs: Tensor<Float>) -> Tensor<Float> {
    let (classes, size) = (intervals.classCount, outputs.exampleSize)
    var logits = Tensor<Float>(shape: [outputs.exampleCount, classes])
    logits.withUnsafeMutableScalars { logits in
      outputs.withUnsafeScalars { outputs in
        for place in logits.indices { logits[place] = outputs[place / classes * size + place % classes] }
      }
    }
    return logits
  }
}
