import Glibc
public import Networks

/// Adam (Kingma and Ba, arXiv 1412.6980) by PyTorch's formulas, after t updates:
///
///     m ← beta1 · m + (1 − beta1) · g
///     v ← beta2 · v + (1 − beta2) · g²
///     w ← w − learningRate · m / (1 − beta1ᵗ) / (√v / √(1 − beta2ᵗ) + epsilon)
///
/// Weight decay is added to g, or, decoupled, shrinks w by learningRate · weightDecay before the step: AdamW
/// (Loshchilov and Hutter, arXiv 1711.05101).
public struct Adam: Optimizer {
  /// How long gradients are remembered.
  public var beta1: Float
  /// How long squared gradients are remembered.
  public var beta2: Float
  /// Keeps the step finite where gradients vanish.
  public var epsilon: Float
  /// The factor of the weight decay.
  public var weightDecay: Float
  /// Whether weight decay is apart from the gradient (AdamW).
  public var decouplesWeightDecay: Bool
  /// The running means.
  public var state = OptimizerState()

  /// Creates an optimiser that has seen nothing.
  public init(
    beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, weightDecay: Float = 0,
    decouplesWeightDecay: Bool = false
  ) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.decouplesWeightDecay = decouplesWeightDecay
  }

  /// Takes one step.
  public mutating func update(_ parameters: inout Parameters, gradients: Parameters, learningRate: Float) {
    state.updates += 1
    let step = step(learningRate: learningRate)
    forEachParameter(&parameters, gradients: gradients) { key, shape, weights, gradient in
      state.first.tensors[key, default: Tensor(shape: shape)].withUnsafeMutableScalars { mean in
        state.second.tensors[key, default: Tensor(shape: shape)].withUnsafeMutableScalars { square in
          step.apply(to: weights, gradient: gradient, mean: mean, square: square)
        }
      }
    }
  }

  private func step(learningRate: Float) -> Step {
    let updates = Double(state.updates)
    return Step(
      decay: decouplesWeightDecay ? 0 : weightDecay,
      shrinkage: decouplesWeightDecay ? 1 - learningRate * weightDecay : 1,
      meanRate: 1 - beta1, squareKept: beta2, squareRate: 1 - beta2,
      size: Float(Double(learningRate) / (1 - pow(Double(beta1), updates))),
      squareScale: Float(1 / (1 - pow(Double(beta2), updates)).squareRoot()), epsilon: epsilon)
  }

  /// The numbers that are the same for every scalar of one update.
  private struct Step {
    let decay: Float
    let shrinkage: Float
    let meanRate: Float
    let squareKept: Float
    let squareRate: Float
    let size: Float
    let squareScale: Float
    let epsilon: Float

    func apply(
      to weights: UnsafeMutableBufferPointer<Float>, gradient: UnsafeBufferPointer<Float>,
      mean: UnsafeMutableBufferPointer<Float>, square: UnsafeMutableBufferPointer<Float>
    ) {
      for i in weights.indices {
        let slope = gradient[i] + decay * weights[i]
        mean[i] += meanRate * (slope - mean[i])
        square[i] = squareKept * square[i] + squareRate * slope * slope
        weights[i] = shrinkage * weights[i] - size * mean[i] / (square[i].squareRoot() * squareScale + epsilon)
      }
    }
  }
}
