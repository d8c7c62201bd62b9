internal import Training

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
