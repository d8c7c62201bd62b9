internal import Networks

/// A quick search for counterexamples: from random points of a box down the constraint that is missed by most.
struct PropertyAttack {
  let network: BoundedNetwork
  let model: any DifferentiableClassifier
  let random: RandomSource
  /// Whether to give up.
  let isOver: () -> Bool

  /// Points that are moved together.
  private static let pointCount = 16
  private static let steps = 40
  /// The first step as a share of the width of the box, and the factor of the next.
  private static let (firstStep, decay): (Float, Float) = (0.25, 0.9)
  /// What may be an error of the engine is left to the exact check.
  private static let slack = 1e-3

  /// An input that fulfils all constraints of a case in exact arithmetic; nil where none was found. The random points
  /// depend on the number of the case.
  func counterexample(to unsafe: UnsafeCase, number: Int) throws -> [Float]? {
    guard let ends = unsafe.box.floatEnds else { return nil }
    guard !unsafe.constraints.isEmpty else { return network.isUnsafe(ends.lower, in: unsafe) ? ends.lower : nil }
    var points = starts(ends, number)
    var step = Self.firstStep
    for _ in 0...Self.steps {
      guard !isOver() else { return nil }
      let (logits, gradient) = try model.pullback(at: points) { logits, _ in
        Tensor(shape: logits.shape, scalars: logits.rowScalars.flatMap { unsafe.worst(at: $0).coefficients })
      }
      for (row, outputs) in logits.rowScalars.enumerated() where unsafe.worst(at: outputs).excess <= Self.slack {
        let input = points.examples(row..<row + 1).scalars
        if network.isUnsafe(input, in: unsafe) { return input }
      }
      Self.descend(&points, gradient, step, ends)
      step *= Self.decay
    }
    return nil
  }

  /// The middle of the box, and random points.
  private func starts(_ ends: (lower: [Float], upper: [Float]), _ number: Int) -> Tensor<Float> {
    var scalars: [Float] = []
    for row in 0..<Self.pointCount {
      var stream = random.stream(.search, example: number, step: row)
      for place in ends.lower.indices {
        let share = row == 0 ? 0.5 : stream.uniform()
        let value = ends.lower[place] + share * (ends.upper[place] - ends.lower[place])
        scalars.append(min(max(value, ends.lower[place]), ends.upper[place]))
      }
    }
    return Tensor(shape: model.inputShape.batched(Self.pointCount), scalars: scalars)
  }

  private static func descend(
    _ points: inout Tensor<Float>, _ gradient: Tensor<Float>, _ step: Float, _ ends: (lower: [Float], upper: [Float])
  ) {
    let size = points.exampleSize
    let slopes = gradient.scalars
    points.withUnsafeMutableScalars { points in
      for place in points.indices where slopes[place] != 0 {
        let (lower, upper) = (ends.lower[place % size], ends.upper[place % size])
        let moved = points[place] - (slopes[place] > 0 ? step : -step) * (upper - lower)
        points[place] = min(max(moved, lower), upper)
      }
    }
  }
}

extension Tensor<Float> {
  /// The scalars of each example.
  fileprivate var rowScalars: [ArraySlice<Float>] {
    let (all, size) = (scalars, exampleSize)
    return (0..<exampleCount).map { all[$0 * size..<($0 + 1) * size] }
  }
}

extension UnsafeCase {
  /// The constraint that outputs miss by most: its coefficients, and by how much.
  fileprivate func worst(at outputs: ArraySlice<Float>) -> (coefficients: [Float], excess: Double) {
    let excesses = constraints.map { constraint in
      zip(constraint.coefficients, outputs).reduce(-constraint.innerBound) { $0 + $1.0 * Double($1.1) }
    }
    let worst = excesses.indices.max { excesses[$0] < excesses[$1] } ?? 0
    return (constraints[worst].coefficients.map { Float($0) }, excesses[worst])
  }
}
