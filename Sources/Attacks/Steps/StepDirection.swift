import Networks

/// What an attack steps along, with what it remembers of earlier steps: the gradient of a loss, or something made of
/// gradients. One may be built on another, as momentum is on any of them.
protocol StepDirection {
  /// The direction of a step.
  ///
  /// - Parameters:
  ///   - points: The point of every example.
  ///   - task: The examples.
  ///   - step: The number of the step over all restarts, by which random numbers are keyed.
  ///   - model: The model.
  /// - Returns: The direction, and the logits that came along: whether they are those at the points is said by
  ///   `SteppingAttack.seesPoints`.
  /// - Throws: What the model throws.
  mutating func next(
    at points: Tensor<Float>, of task: AttackTask, step: Int, model: AttackedModel
  ) throws -> (logits: Tensor<Float>, direction: Tensor<Float>)

  /// Forgets the examples that are done; `open` are the rows of the others.
  mutating func keep(_ open: [Int])
}

/// The gradient of a loss.
struct LossGradient: StepDirection {
  let loss: Loss

  func next(
    at points: Tensor<Float>, of task: AttackTask, step: Int, model: AttackedModel
  ) throws -> (logits: Tensor<Float>, direction: Tensor<Float>) {
    let (logits, gradient) = try task.gradient(at: points, of: loss, model: model)
    return (logits, gradient)
  }

  func keep(_ open: [Int]) {}
}
