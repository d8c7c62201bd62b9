import Networks

/// The steps of ACG and ReACG, along conjugate gradients:
///
///     s ← g + β s₋,  β = ⟨g, g₋ − g⟩ / ⟨s₋, g₋ − g⟩
///     x ← P(x + η · step(s))          η = 2 ε at first, halved by `StepHalving`
///
/// Where a step was halved gradient and direction before the best point come back with it. The sign of β is that of the
/// authors' code, and the opposite of Hestenes and Stiefel's. A β that is not finite counts as 0.
struct ConjugateRule: AscentRule {
  private let threat: ThreatModel
  private let rescales: Bool
  private var radii: [Float]
  private var halving: StepHalving
  /// g₋ and s₋: none before the first step.
  private var previous: Pair?
  /// Both as they were before the best point.
  private var best: Pair

  private struct Pair {
    var gradient: Tensor<Float>
    var direction: Tensor<Float>

    func gathering(_ rows: [Int]) -> Pair {
      Pair(gradient: gradient.gathering(rows), direction: direction.gathering(rows))
    }

    mutating func scatter(_ source: Pair, to rows: [Int]) {
      gradient.scatter(source.gradient, to: rows)
      direction.scatter(source.direction, to: rows)
    }
  }

  /// Steps within the ball of the task.
  ///
  /// - Parameters:
  ///   - task: The examples.
  ///   - steps: The number of all steps.
  ///   - share: ρ of the step sizes.
  ///   - windows: When to check them.
  ///   - rescales: Whether a large β is replaced by that of gradients of length 1, as in ReACG.
  init(_ task: AttackTask, steps: Int, share: Float, windows: StepHalving.Windows, rescales: Bool) {
    threat = task.threat
    self.rescales = rescales
    radii = task.radii
    halving = StepHalving(sizes: radii.map { 2 * $0 }, steps: steps, share: share, windows: windows)
    let none = Tensor<Float>(shape: task.images.shape)
    best = Pair(gradient: none, direction: none)
  }

  var stepSizes: [Float] { halving.sizes }

  mutating func begin(_ ascent: Ascent) { best.direction = ascent.memory.gradient }

  mutating func moved(_ ascent: Ascent, isFirst: Bool) -> Tensor<Float> {
    let gradient = ascent.memory.gradient
    let direction = previous.map { conjugate(gradient, $0) } ?? gradient
    previous = Pair(gradient: gradient, direction: direction)
    var points = ascent.active.points
    threat.step(&points, along: direction, stepSizes: halving.sizes)
    threat.project(&points, around: ascent.active.task.images, radii: radii)
    return points
  }

  private func conjugate(_ gradient: Tensor<Float>, _ previous: Pair) -> Tensor<Float> {
    var direction = gradient
    let size = gradient.exampleSize
    direction.withUnsafeMutableScalars { direction in
      previous.gradient.withUnsafeScalars { before in
        previous.direction.withUnsafeScalars { last in
          for row in radii.indices {
            let range = row * size..<(row + 1) * size
            let beta = ConjugateWeight(
              gradient: UnsafeBufferPointer(rebasing: direction[range]),
              previous: UnsafeBufferPointer(rebasing: before[range]),
              direction: UnsafeBufferPointer(rebasing: last[range])
            ).value(rescales: rescales)
            guard beta != 0 else { continue }
            for index in range { direction[index] += beta * last[index] }
          }
        }
      }
    }
    return direction
  }

  mutating func improved(_ rows: [Int], _ ascent: Ascent) {
    if let previous { best.scatter(previous.gathering(rows), to: rows) }
  }

  mutating func stalled(_ ascent: Ascent) -> [Int] {
    halving.update(values: ascent.memory.values, bestValues: ascent.memory.bestValues)
  }

  mutating func restarted(_ rows: [Int]) { previous?.scatter(best.gathering(rows), to: rows) }

  mutating func keep(_ open: [Int]) {
    radii = open.map { radii[$0] }
    halving.keep(open)
    previous = previous?.gathering(open)
    best = best.gathering(open)
  }
}

/// β of one example.
package struct ConjugateWeight {
  private let gradient: UnsafeBufferPointer<Float>
  private let previous: UnsafeBufferPointer<Float>
  private let direction: UnsafeBufferPointer<Float>

  /// That of a gradient, with the gradient and the direction of the step before.
  package init(
    gradient: UnsafeBufferPointer<Float>, previous: UnsafeBufferPointer<Float>, direction: UnsafeBufferPointer<Float>
  ) {
    (self.gradient, self.previous, self.direction) = (gradient, previous, direction)
  }

  /// β; with `rescales` that of gradients of length 1 where it is smaller, and where |β| exceeds the mean of |g / s₋|, so
  /// that the last direction would outweigh the gradient. Pixels where both are zero are left out of the mean.
  package func value(rescales: Bool) -> Float {
    let plain = weight(1, 1)
    guard rescales, plain.isFinite, abs(plain) > meanRatio else { return finite(plain) }
    let scaled = weight(length(gradient), length(previous))
    return finite(abs(plain) > abs(scaled) ? scaled : plain)
  }

  private func finite(_ beta: Double) -> Float { Float(beta).isFinite ? Float(beta) : 0 }

  /// ⟨g, g₋ − g⟩ / ⟨s₋, g₋ − g⟩ with the gradients divided by these lengths.
  private func weight(_ length: Double, _ previousLength: Double) -> Double {
    var above = 0.0
    var below = 0.0
    for index in gradient.indices {
      let now = Double(gradient[index]) / length
      let change = Double(previous[index]) / previousLength - now
      above += now * change
      below += Double(direction[index]) * change
    }
    return above / below
  }

  private func length(_ gradient: UnsafeBufferPointer<Float>) -> Double {
    gradient.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
  }

  private var meanRatio: Double {
    var sum = 0.0
    var count = 0.0
    for index in gradient.indices where gradient[index] != 0 || direction[index] != 0 {
      sum += abs(Double(gradient[index]) / Double(direction[index]))
      count += 1
    }
    return sum / count
  }
}
