/// A loss of logits and labels, to be minimised by training and maximised by an attack.
///
/// Values are per example, the gradient is that of their sum, so one example's gradient does not depend on its batch.
/// Whatever the scalar, the arithmetic is in double precision and free of cancellation: the cross-entropy gradient of a
/// confident prediction is tiny and not zero, so that an attack still has a direction to follow.
public enum Loss: Hashable, Sendable {
  /// −log softmax at the label. With smoothing s the target is (1 − s) at the label plus s/K everywhere, as in PyTorch.
  case crossEntropy(labelSmoothing: Float)
  /// The largest other logit minus that of the label: positive where the example is misclassified.
  case margin
  /// Difference of logits ratio: the margin over (largest − third largest logit); Croce and Hein, arXiv 2003.01690.
  case logitRatio
  /// The largest probability of another class minus that of the label; Xie et al., arXiv 2411.15210.
  case probabilityMargin

  /// Cross-entropy without label smoothing.
  public static let crossEntropy = Loss.crossEntropy(labelSmoothing: 0)

  /// The number of classes below which the loss is not defined.
  public var minimumClasses: Int {
    switch self {
    case .crossEntropy: 1
    case .margin, .probabilityMargin: 2
    case .logitRatio: 3
    }
  }

  /// The loss of every example of `logits` `[N, K]`, and the gradient of their sum with respect to the logits.
  ///
  /// Ascent along the gradient moves away from the labels.
  ///
  /// - Precondition: N labels in `0..<K`, and K at least `minimumClasses`; datasets are checked where they are read.
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
    precondition(classes >= minimumClasses, "\(self) needs \(minimumClasses) classes, not \(classes)")
    return switch self {
    case .crossEntropy(let smoothing):
      evaluateRows(of: logits, classes: classes, labels: labels) { row, label, gradient in
        crossEntropyRow(row, label: label, smoothing: Double(smoothing), gradient: gradient)
      }
    case .margin: evaluateRows(of: logits, classes: classes, labels: labels, marginRow)
    case .logitRatio: evaluateRows(of: logits, classes: classes, labels: labels, logitRatioRow)
    case .probabilityMargin: evaluateRows(of: logits, classes: classes, labels: labels, probabilityMarginRow)
    }
  }
}

extension Loss: LosslessStringConvertible, Codable {
  /// The names of the losses on the command line.
  public static let names = ["cross-entropy", "margin", "dlr", "probability-margin"]

  /// `cross-entropy`, `cross-entropy:label-smoothing=0.1`, `margin`, `dlr` or `probability-margin`.
  public var description: String {
    switch self {
    case .crossEntropy(0): "cross-entropy"
    case .crossEntropy(let smoothing): "cross-entropy:label-smoothing=\(smoothing)"
    case .margin: "margin"
    case .logitRatio: "dlr"
    case .probabilityMargin: "probability-margin"
    }
  }

  /// Reads what `description` writes; label smoothing must lie in [0, 1).
  public init?(_ description: String) {
    let prefix = "cross-entropy:label-smoothing="
    switch description {
    case "cross-entropy": self = .crossEntropy
    case "margin": self = .margin
    case "dlr": self = .logitRatio
    case "probability-margin": self = .probabilityMargin
    case let text where text.hasPrefix(prefix):
      guard let smoothing = Float(text.dropFirst(prefix.count)), (0..<1).contains(smoothing) else { return nil }
      self = .crossEntropy(labelSmoothing: smoothing)
    default: return nil
    }
  }

  /// Reads the description.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let loss = Loss(text) else {
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription: "expected a loss out of \(Loss.names.joined(separator: ", ")), found '\(text)'")
    }
    self = loss
  }

  /// Writes the description.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
