package import Networks

/// What an ascent with adaptive steps increases for each of its examples.
package enum AscentObjective: Sendable {
  /// A loss away from the label, or towards the target, of the goal.
  case loss(Loss)
  /// The advantage of one class over another: of the target over the label, one of each for every example.
  case towards(TargetedLoss, targets: [Int], labels: [Int])

  /// The same of the examples at `rows`.
  func gathering(_ rows: [Int]) -> AscentObjective {
    switch self {
    case .loss: self
    case .towards(let loss, let targets, let labels):
      .towards(loss, targets: rows.map { targets[$0] }, labels: rows.map { labels[$0] })
    }
  }

  /// The values of the examples at `rows`, and the gradient of their sum. Where a logit is not finite the value is
  /// infinite: the model fails there, and no other point is better.
  func callAsFunction(
    _ logits: Tensor<Float>, goal: Goal, rows: Range<Int>
  ) -> (values: [Float], gradient: Tensor<Float>) {
    let (values, gradient) =
      switch self {
      case .loss(let loss): goal.objective(loss, of: logits, rows: rows)
      case .towards(let loss, let targets, let labels):
        loss(logits, labels: Array(labels[rows]), targets: Array(targets[rows]))
      }
    return (zip(values, predictions(of: logits)).map { $1 == nil ? .infinity : $0 }, gradient)
  }

  /// What ranks the results of several runs. Runs towards one class and another are told apart by the margin.
  func ranks(of logits: Tensor<Float>, values: [Float], goal: Goal) -> [Float] {
    switch self {
    case .loss: values
    case .towards: zip(values, goal.objective(.margin, of: logits, rows: 0..<goal.count).values).map(rank)
    }
  }

  private func rank(value: Float, margin: Float) -> Float { value == .infinity ? value : margin }
}
