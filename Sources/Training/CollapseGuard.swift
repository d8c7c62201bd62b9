import Networks

/// Looks for catastrophic overfitting while an epoch goes on: accuracy under attack that falls to nothing within a few
/// hundred updates, while the loss gets better and better.
///
/// Ten times an epoch the images of the last update are attacked, as the authors of fast adversarial training do once an
/// epoch (Wong, Rice and Kolter, arXiv 2001.03994), and compared with the mean of the ten looks before. So few images fall
/// by chance too: a fall counts where the images set apart confirm it.
struct CollapseGuard {
  /// What one look finds.
  enum Finding {
    /// At least as good as the looks before: weights to go back to.
    case good(Double)
    /// A little worse.
    case doubtful(Double)
    case collapsed
  }

  /// The fall below the mean of the looks before that is a collapse.
  let fall: Double
  /// Accuracy under attack on some images.
  let accuracyOnBatch: (any DifferentiableClassifier, LabelledImages) throws -> Double
  /// Accuracy under attack on the images set apart.
  let accuracy: (any DifferentiableClassifier) throws -> Double

  /// How often it looks, and on how many looks it looks back.
  static let looksPerEpoch = 10

  /// Whether it looks after so many updates of an epoch's; at the end of an epoch it always does.
  static func isDue(after updates: Int, of total: Int) -> Bool {
    updates * looksPerEpoch / total > (updates - 1) * looksPerEpoch / total
  }

  /// Looks at the model, after the latest looks, which are at most `looksPerEpoch`.
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
  /// The epoch in which it was seen, counted from 1.
  public var epoch: Int
  /// The update of that epoch after which it was seen, counted from 1.
  public var update: Int
  /// The epoch of the weights.
  public var restoredEpoch: Int
  /// The update of that epoch that made them.
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
