import Glibc
public import Hyperparameters
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
  /// Name, title and source.
  public static let method = Method(
    name: "adam", title: "Adam", summary: "The mean of gradients over the root of the mean of their squares.",
    citation: "Kingma and Ba, arXiv 1412.6980")
  /// A learning rate to start with.
  public static let learningRate: Float = 1e-3

  /// How long gradients are remembered.
  public var beta1: Float = 0.9
  /// How long squared gradients are remembered.
  public var beta2: Float = 0.999
  /// Keeps the step finite where gradients vanish.
  public var epsilon: Float = 1e-8
  /// The factor of the weight decay.
  public var weightDecay: Float = 0
  /// Whether weight decay is apart from the gradient (AdamW).
  public var decouplesWeightDecay = false
  /// Threads that share out the scalars.
  public var workers = Workers(count: 1)
  /// The running means.
  public var state = OptimizerState()

  /// All of them.
  public static let hyperparameters: [Hyperparameter<Adam>] = [.weightDecay(\.weightDecay)]

  /// An optimiser that has seen nothing.
  public init() {}

  /// Means of gradients.
  public var hasFirstMoment: Bool { true }

  /// Means of squares.
  public var hasSecondMoment: Bool { true }

  /// Creates an optimiser that has seen nothing.
  public init(
    beta1: Float = Adam().beta1, beta2: Float = Adam().beta2, epsilon: Float = Adam().epsilon,
    weightDecay: Float = Adam().weightDecay, decouplesWeightDecay: Bool = Adam().decouplesWeightDecay,
    workers: Workers = Workers(count: 1)
  ) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.decouplesWeightDecay = decouplesWeightDecay
    self.workers = workers
  }

  /// Takes one step.
  public mutating func update(_ parameters: inout Parameters, gradients: Parameters, learningRate: Float) {
    state.updates += 1
    let (step, workers) = (step(learningRate: learningRate), workers)
    forEachParameter(&parameters, gradients: gradients) { key, shape, weights, gradient in
      state.first.tensors[key, default: Tensor(shape: shape)].withUnsafeMutableScalars { mean in
        state.second.tensors[key, default: Tensor(shape: shape)].withUnsafeMutableScalars { square in
          step.apply(to: Scalars(weights: weights, gradient: gradient, mean: mean, square: square), workers)
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

    /// Every scalar by itself, so that threads change nothing.
    func apply(to scalars: Scalars, _ workers: Workers) {
      workers.forEachStretch(of: scalars.weights.count, size: Self.partSize) { apply(to: scalars, $0) }
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
