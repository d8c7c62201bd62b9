/// What is doubled, to see the cost against the work.
enum Growth {
  /// Images of a batch.
  case examples
  /// Steps of the attack.
  case steps
  /// Channels of every layer of `resnet20-cifar`, which take four times the arithmetic.
  case width
  /// Blocks of every stage of a wide residual network.
  case depth

  /// How many times the smallest workload.
  static let factors = [1, 2, 4, 8]

  /// A workload grown from the smallest.
  func grown(_ smallest: Workload, by factor: Int) -> Workload {
    var workload = smallest
    workload.growth = factor
    switch self {
    case .examples: workload.batchSize *= factor
    case .steps: workload.steps *= factor
    case .width: workload.architecture += ":width=\(16 * factor)"
    case .depth: workload.architecture += ":depth=\(4 + 6 * factor),widen=2"
    }
    return workload
  }
}
