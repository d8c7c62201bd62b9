public import Networks

/// Images to be attacked, with what is known of them.
public struct EvaluationSet: Sendable {
  /// The images `[N, C, H, W]`, in stored pixel units.
  public let images: Tensor<Float>
  /// The true class of each.
  public let labels: [Int]
  /// The index of each in its dataset; its random numbers depend on it.
  public let ids: [Int]
  /// The class each shall be taken for, if the attack is a targeted one.
  public let targets: [Int]?

  /// Creates a set; without ids the images are those of a dataset from its beginning.
  ///
  /// - Throws: `AttackError` if labels, ids or targets are not as many as the images.
  public init(images: Tensor<Float>, labels: [Int], ids: [Int]? = nil, targets: [Int]? = nil) throws(AttackError) {
    self.images = images
    self.labels = labels
    self.ids = ids ?? Array(0..<images.exampleCount)
    self.targets = targets
    let count = images.exampleCount
    for (name, found) in [("labels", labels.count), ("ids", self.ids.count), ("targets", targets?.count ?? count)] {
      guard found == count else { throw .count(of: name, found: found, expected: count) }
    }
  }

  private init(part range: Range<Int>, of whole: EvaluationSet) {
    images = whole.images.examples(range)
    labels = Array(whole.labels[range])
    ids = Array(whole.ids[range])
    targets = whole.targets.map { Array($0[range]) }
  }

  private init(_ rows: [Int], of whole: EvaluationSet) {
    images = whole.images.gathering(rows)
    labels = rows.map { whole.labels[$0] }
    ids = rows.map { whole.ids[$0] }
    targets = whole.targets.map { targets in rows.map { targets[$0] } }
  }

  /// The number of images.
  public var count: Int { labels.count }

  /// What is wanted of each image.
  public var goal: Goal { targets.map(Goal.classify) ?? .misclassify(labels: labels) }

  /// The images of a range.
  func examples(_ range: Range<Int>) -> EvaluationSet { EvaluationSet(part: range, of: self) }

  /// The images at `rows`, in that order.
  public func gathering(_ rows: [Int]) -> EvaluationSet { EvaluationSet(rows, of: self) }

  /// What is known of an example before anything is done with it.
  func outcome(_ row: Int) -> ExampleOutcome {
    ExampleOutcome(id: ids[row], label: labels[row], target: targets?[row], status: .misclassified)
  }
}
