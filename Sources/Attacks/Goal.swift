public import Networks

/// What an attack wants of every example of a batch.
public enum Goal: Hashable, Codable, Sendable {
  /// Any class but the label.
  case misclassify(labels: [Int])
  /// The target class.
  case classify(as: [Int])

  /// The label or the target of every example.
  public var classes: [Int] {
    switch self {
    case .misclassify(let labels): labels
    case .classify(let targets): targets
    }
  }

  /// Whether there are targets.
  public var isTargeted: Bool {
    switch self {
    case .misclassify: false
    case .classify: true
    }
  }

  /// The number of examples.
  public var count: Int { classes.count }

  /// The goal of the examples at `rows`, in that order.
  public subscript(rows: [Int]) -> Goal {
    switch self {
    case .misclassify(let labels): .misclassify(labels: rows.map { labels[$0] })
    case .classify(let targets): .classify(as: rows.map { targets[$0] })
    }
  }

  /// Whether a prediction for the example at `row` is what the attack wants. No prediction never is.
  public func isReached(row: Int, by prediction: Int?) -> Bool {
    guard let prediction else { return false }
    return switch self {
    case .misclassify(let labels): prediction != labels[row]
    case .classify(let targets): prediction == targets[row]
    }
  }

  /// Whether the logits `[N, K]` of each example are what the attack wants.
  public func isReached(by logits: Tensor<Float>) -> [Bool] {
    predictions(of: logits).enumerated().map { isReached(row: $0.offset, by: $0.element) }
  }

  /// The value of a loss that grows towards the goal for every example, and the gradient of the sum of these values.
  ///
  /// Away from the label that is the loss itself, towards a target the negative loss of the target.
  public func objective(
    _ loss: Loss, of logits: Tensor<Float>, rows: Range<Int>
  ) -> (values: [Float], gradient: Tensor<Float>) {
    let (values, gradient) = loss(logits, labels: Array(classes[rows]))
    guard isTargeted else { return (values, gradient) }
    return (values.map { -$0 }, Tensor(shape: gradient.shape, scalars: gradient.scalars.map { -$0 }))
  }
}
