internal import CKernels
import Glibc
import Networks

/// One update by Adam's formulas, as Adam and AdamW take it.
struct AdamStep: Sendable {
  private let step: advlab_adam_step

  /// The step of update number `updates`, counted from 1; `decay` times the weights is added to their gradients, and they
  /// are multiplied by `shrinkage` before the step.
  init(
    _ updates: Int, beta1: Float, beta2: Float, epsilon: Float, learningRate: Float, decay: Float = 0,
    shrinkage: Float = 1
  ) {
    let updates = Double(updates)
    step = advlab_adam_step(
      decay: decay, shrinkage: shrinkage, mean_rate: 1 - beta1, square_kept: beta2, square_rate: 1 - beta2,
      size: Float(Double(learningRate) / (1 - pow(Double(beta1), updates))),
      square_scale: Float(1 / (1 - pow(Double(beta2), updates)).squareRoot()), epsilon: epsilon)
  }

  /// Changes the parameters, and the running means in the state.
  func apply(
    to parameters: inout Parameters, gradients: Parameters, _ state: inout OptimizerState, _ workers: Workers
  ) {
    forEachParameter(&parameters, gradients: gradients) { key, shape, weights, gradient in
      state.first.tensors[key, default: Tensor(shape: shape)].withUnsafeMutableScalars { mean in
        state.second.tensors[key, default: Tensor(shape: shape)].withUnsafeMutableScalars { square in
          let scalars = Scalars(weights: weights, gradient: gradient, mean: mean, square: square)
          // Every scalar is changed by itself, so that threads change nothing.
          workers.forEachStretch(of: weights.count, size: Self.partSize) { apply(to: scalars, $0) }
        }
      }
    }
  }

  /// Enough scalars to be worth a thread.
  private static let partSize = 1 << 14

  private func apply(to scalars: Scalars, _ part: Range<Int>) {
    guard let weights = scalars.weights.baseAddress, let gradient = scalars.gradient.baseAddress,
      let mean = scalars.mean.baseAddress, let square = scalars.square.baseAddress
    else { return }
    let start = part.lowerBound
    withUnsafePointer(to: step) {
      advlab_adam($0, weights + start, gradient + start, mean + start, square + start, part.count)
    }
  }
}

/// One parameter with its gradient and moments. Sendable because every thread changes a range of its own.
private struct Scalars: @unchecked Sendable {
  let weights: UnsafeMutableBufferPointer<Float>
  let gradient: UnsafeBufferPointer<Float>
  let mean: UnsafeMutableBufferPointer<Float>
  let square: UnsafeMutableBufferPointer<Float>
}
