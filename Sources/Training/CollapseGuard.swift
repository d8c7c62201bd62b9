import Networks

/// Detects catastrophic overfitting within an epoch: robust accuracy falls to nothing in a few hundred updates, while the
/// training loss goes on falling.
///
/// Ten times an epoch it attacks the images of the last update, as the authors of fast adversarial training do once an
/// epoch (Wong, Rice and Kolter, arXiv 2001.03994), and compares their robust accuracy with the mean of the ten looks
/// before. On so few images it may fall by chance, so that a fall counts only where the validation images confirm it.
struct CollapseGuard {
  /// The result of one look.
  enum Finding {
    /// At least as good as the looks before: weights to go back to.
    case good(Double)
    /// A little worse.
    case doubtful(Double)
    case collapsed
  }

  /// The fall below the mean of the looks before that is a collapse.
  let fall: Double
  /// Robust accuracy on the images given.
  let accuracyOnBatch: (any DifferentiableClassifier, LabelledImages) throws -> Double
  /// Robust accuracy on the validation images.
  let accuracy: (any DifferentiableClassifier) throws -> Double

  /// The number of looks in an epoch, and the number of earlier looks that one is compared with.
  static let looksPerEpoch = 10

  /// Whether it looks after this number of an epoch's updates; it always does after the last one.
  static func isDue(after updates: Int, of total: Int) -> Bool {
    updates * looksPerEpoch / total > (updates - 1) * looksPerEpoch / total
  }

  /// Looks at the model. `looks` are the robust accuracies that the latest looks found, at most `looksPerEpoch`.
  func look(at model: some TrainableClassifier, on batch: LabelledImages, after looks: [Double]) throws -> Finding {
    let found = try accuracyOnBatch(model, batch)
    guard !looks.isEmpty else { return .good(found) }
    let mean = looks.reduce(0, +) / Double(looks.count)
    guard found < mean else { return .good(found) }
    guard mean - found > fall else { return .doubtful(found) }
    let confirmed = try accuracy(model)
    return mean - confirmed > fall ? .collapsed : .doubtful(confirmed)
  }
}

/// When robust accuracy collapsed, and the weights that the run went back to.
public struct Collapse: Hashable, Sendable, Codable {
  /// The epoch in which the collapse was detected, counted from 1.
  public var epoch: Int
  /// The update of that epoch after which it was detected, counted from 1.
  public var update: Int
  /// The epoch of the weights that were restored.
  public var restoredEpoch: Int
  /// The update of that epoch after which the model had them.
  public var restoredUpdate: Int

  /// Creates a record.
  public init(epoch: Int, update: Int, restoredEpoch: Int, restoredUpdate: Int) {
    self.epoch = epoch
    self.update = update
    self.restoredEpoch = restoredEpoch
    self.restoredUpdate = restoredUpdate
  }

  private enum CodingKeys: String, CodingKey {
    case epoch, update
    case restoredEpoch = "restored_epoch"
    case restoredUpdate = "restored_update"
  }
}
