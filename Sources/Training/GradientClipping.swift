public import Networks

/// Gradient clipping: makes large gradients smaller before the optimiser uses them.
public enum GradientClipping: Hashable, Sendable, Codable {
  /// Scales all gradients together down to this Euclidean norm where theirs is larger, by PyTorch's factor
  /// `norm / (found + 1e-6)`.
  case norm(Float)
  /// Clips every scalar to the interval from minus to plus this.
  case value(Float)

  /// Clips the gradients of all parameters.
  public func callAsFunction(_ gradients: inout Parameters) {
    switch self {
    case .norm(let limit):
      let factor = Double(limit) / (gradients.norm() + 1e-6)
      guard factor < 1 else { return }
      let share = Float(factor)
      gradients.forEachTensor { scalars in for i in scalars.indices { scalars[i] *= share } }
    case .value(let limit):
      gradients.forEachTensor { scalars in
        for i in scalars.indices { scalars[i] = min(max(scalars[i], -limit), limit) }
      }
    }
  }

  func check() throws(TrainingError) {
    let limit =
      switch self {
      case .norm(let limit), .value(let limit): limit
      }
    guard limit.isFinite, limit > 0 else {
      throw .invalidSetting("gradient clipping", expected: "a positive number", found: "\(limit)")
    }
  }
}

extension Parameters {
  /// The Euclidean norm of all scalars together, summed in the order of the keys, so that its bits are always the same.
  package func norm() -> Double {
    tensors.keys.sorted().reduce(0) { sum, key in
      sum + (tensors[key]?.withUnsafeScalars { $0.reduce(0) { $0 + Double($1) * Double($1) } } ?? 0)
    }.squareRoot()
  }

  /// Changes the scalars of every tensor in place.
  package mutating func forEachTensor(_ body: (UnsafeMutableBufferPointer<Float>) -> Void) {
    for key in tensors.keys { tensors[key]?.withUnsafeMutableScalars(body) }
  }

  /// self + factor · other, for the parameters that are in both.
  package mutating func add(_ other: Parameters, times factor: Float = 1) {
    forEachParameter(&self, gradients: other) { _, _, sum, part in
      for i in sum.indices { sum[i] += factor * part[i] }
    }
  }
}
