import Glibc
import Networks

/// One update by Adam's formulas, as Adam and AdamW take it: the numbers that are the same for every scalar.
struct AdamStep {
  /// The factor of the weights that is added to their gradients.
  let decay: Float
  /// What the weights are multiplied by before the step.
  let shrinkage: Float
  private let meanRate: Float
  private let squareKept: Float
  private let squareRate: Float
  private let size: Float
  private let squareScale: Float
  private let epsilon: Float

  /// The step of update number `updates`, counted from 1.
  init(
    _ updates: Int, beta1: Float, beta2: Float, epsilon: Float, learningRate: Float, decay: Float = 0,
    shrinkage: Float = 1
  ) {
    let updates = Double(updates)
    (self.decay, self.shrinkage, self.epsilon) = (decay, shrinkage, epsilon)
    (meanRate, squareKept, squareRate) = (1 - beta1, beta2, 1 - beta2)
    size = Float(Double(learningRate) / (1 - pow(Double(beta1), updates)))
    squareScale = Float(1 / (1 - pow(Double(beta2), updates)).squareRoot())
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
  private static let partSize = 1 << 16

  private func apply(to scalars: Scalars, _ part: Range<Int>) {
    let (weights, gradient, mean, square) = (scalars.weights, scalars.gradient, scalars.mean, scalars.square)
    // A root and a quotient for every scalar: written for single scalars the loop takes longer by half.
    for start in stride(from: part.lowerBound, to: part.upperBound, by: Lanes.scalarCount) {
      let range = start..<min(start + Lanes.scalarCount, part.upperBound)
      var (w, m, s) = (Lanes(weights, range), Lanes(mean, range), Lanes(square, range))
      let slope = Lanes(UnsafeMutableBufferPointer(mutating: gradient), range) + decay * w
      m += meanRate * (slope - m)
      s = squareKept * s + squareRate * slope * slope
      w = shrinkage * w - size * m / (s.squareRoot() * squareScale + epsilon)
      w.store(weights, range)
      m.store(mean, range)
      s.store(square, range)
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

private typealias Lanes = SIMD16<Float>

extension SIMD16<Float> {
  /// The scalars of a range; behind its end zeros.
  @inline(__always)
  fileprivate init(_ scalars: UnsafeMutableBufferPointer<Float>, _ range: Range<Int>) {
    guard range.count < Self.scalarCount else {
      let offset = range.lowerBound * MemoryLayout<Float>.stride
      self = UnsafeRawBufferPointer(scalars).loadUnaligned(fromByteOffset: offset, as: Self.self)
      return
    }
    self = .zero
    for index in range { self[index - range.lowerBound] = scalars[index] }
  }

  @inline(__always)
  fileprivate func store(_ scalars: UnsafeMutableBufferPointer<Float>, _ range: Range<Int>) {
    guard range.count < Self.scalarCount else {
      let offset = range.lowerBound * MemoryLayout<Float>.stride
      UnsafeMutableRawBufferPointer(scalars).storeBytes(of: self, toByteOffset: offset, as: Self.self)
      return
    }
    for index in range { scalars[index] = self[index - range.lowerBound] }
  }
}
