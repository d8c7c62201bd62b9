/// Targeted difference of logits ratio: −(z_y − z_t) / (z_π1 − (z_π3 + z_π4)/2 + 1e-12), π ordering the logits
/// downwards; Croce and Hein, arXiv 2003.01690. Ascent raises the target's logit over the label's.
public struct TargetedLogitRatio: Hashable, Sendable {
  /// The number of classes below which the loss is not defined.
  public static let minimumClasses = 4

  /// The target class of each example.
  public let targets: [Int]

  /// Creates the loss for examples with those targets.
  public init(targets: [Int]) {
    self.targets = targets
  }

  /// The loss of every example of `logits` `[N, K]`, and the gradient of their sum with respect to the logits.
  ///
  /// - Precondition: N labels and N targets in `0..<K`, and K at least `minimumClasses`.
  @inlinable
  public func callAsFunction<Scalar>(
    _ logits: Tensor<Scalar>, labels: [Int]
  ) -> (values: [Scalar], gradient: Tensor<Scalar>) {
    let (values, gradient) = inDoublePrecision(
      logits.scalars.map { Double($0) }, classes: logits.exampleSize, labels: labels)
    return (values.map { Scalar($0) }, Tensor(shape: logits.shape, scalars: gradient.map { Scalar($0) }))
  }

  @usableFromInline
  func inDoublePrecision(_ logits: [Double], classes: Int, labels: [Int]) -> (values: [Double], gradient: [Double]) {
    precondition(classes >= Self.minimumClasses, "the targeted ratio needs 4 classes, not \(classes)")
    precondition(targets.count == labels.count, "\(targets.count) targets for \(labels.count) labels")
    precondition(targets.allSatisfy { (0..<classes).contains($0) }, "a target outside 0..<\(classes)")
    var example = 0
    return evaluateRows(of: logits, classes: classes, labels: labels) { row, label, gradient in
      defer { example += 1 }
      return targetedLogitRatioRow(row, label: label, target: targets[example], gradient: gradient)
    }
  }
}

private func targetedLogitRatioRow(
  _ row: UnsafeBufferPointer<Double>, label: Int, target: Int, gradient: UnsafeMutableBufferPointer<Double>
) -> Double {
  let order = leadingIndices(row)
  let spread = row[order[0]] - (row[order[2]] + row[order[3]]) / 2 + logitRatioGuard
  let value = (row[target] - row[label]) / spread
  gradient[target] += 1 / spread
  gradient[label] -= 1 / spread
  gradient[order[0]] -= value / spread
  gradient[order[2]] += value / spread / 2
  gradient[order[3]] += value / spread / 2
  return value
}
