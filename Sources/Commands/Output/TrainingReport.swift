internal import Reports
internal import Training

/// What `train` prints of its epochs. They appear as they end, so the columns have fixed widths.
struct EpochTable {
  /// Whether there is a column of robust accuracy.
  let measuresRobustness: Bool

  var header: String { line(["epoch", "loss", "training", "validation", "robust", "rate", "time"]) }

  func row(_ record: EpochRecord) -> String {
    line([
      String(record.epoch), NumberFormat.significant(record.trainingLoss),
      NumberFormat.percentage(record.trainingAccuracy),
      record.validationAccuracy.map { NumberFormat.percentage($0) } ?? "–",
      record.robustAccuracy.map { NumberFormat.percentage($0) } ?? "–",
      NumberFormat.significant(Double(record.learningRate)), NumberFormat.duration(seconds: record.seconds),
    ])
  }

  private func line(_ cells: [String]) -> String {
    let widths = [5, 10, 10, 10, measuresRobustness ? 10 : 0, 9, 10]
    return zip(cells, widths).filter { $0.1 > 0 }.map { cell, width in
      String(repeating: " ", count: max(width - cell.displayWidth, 0)) + cell
    }.joined(separator: "  ")
  }
}

extension EpochChoice {
  /// What an epoch was chosen by.
  var criterion: String {
    switch self {
    case .last: "being the last"
    case .bestClean: "validation accuracy"
    case .bestRobust: "robust accuracy"
    }
  }
}

/// Settings as one object.
struct SettingsRecord: Encodable {
  private let settings: [TrainingSetting]

  init(_ settings: [TrainingSetting]) {
    self.settings = settings
  }

  func encode(to encoder: any Encoder) throws {
    let values = Dictionary(grouping: settings, by: \.name).mapValues { $0.map(\.value) }
    var container = encoder.container(keyedBy: Key.self)
    for (name, values) in values {
      if values.count == 1 {
        try container.encode(values[0], forKey: Key(name))
      } else {
        try container.encode(values, forKey: Key(name))
      }
    }
  }

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }
}

/// `train --json`.
struct TrainingReport: Encodable {
  let command = "train"
  let architecture: String
  let settings: SettingsRecord
  let model: ModelSummary
  let data: DataSummary
  let count: Int
  let epochs: [EpochRecord]
  let selectedEpoch: Int?
  let collapse: Collapse?
  let divergence: String?
  let cleanAccuracy: JSONNumber
  let seconds: Double
}

/// What a model's file says of its training.
struct TrainingRecord: Encodable {
  let architecture: String
  let settings: SettingsRecord
  let optimizer: String
  let batchSize: Int
  let learningRate: Float
  let seed: UInt64
  let epochs: [EpochRecord]
  let isComplete: Bool
  let selectedEpoch: Int?
  let collapse: Collapse?
  let divergence: String?
  let testAccuracy: Double?

  init(
    architecture: String, settings: [TrainingSetting], optimizer: String, batchSize: Int, learningRate: Float,
    seed: UInt64, _ outcome: TrainingOutcome, testAccuracy: Double?
  ) {
    self.architecture = architecture
    self.settings = SettingsRecord(settings)
    self.optimizer = optimizer
    self.batchSize = batchSize
    self.learningRate = learningRate
    self.seed = seed
    epochs = outcome.epochs
    isComplete = outcome.isComplete
    selectedEpoch = outcome.bestEpoch
    collapse = outcome.collapse
    divergence = outcome.divergence?.description
    self.testAccuracy = testAccuracy
  }
}
