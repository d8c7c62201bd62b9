internal import Defences
internal import Exchange
internal import Hyperparameters
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
  let programVersion = Provenance.programVersion
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

  init(_ run: TrainRun, _ outcome: TrainingOutcome, testAccuracy: Double?, model: ModelSummary) {
    architecture = run.inputs.initial.name
    settings = SettingsRecord(run.settings)
    self.model = model
    data = DataSummary(run.inputs.data.properties, path: run.inputs.dataPath)
    count = run.inputs.training.count
    epochs = outcome.epochs
    selectedEpoch = outcome.bestEpoch
    collapse = outcome.collapse
    divergence = outcome.divergence?.description
    cleanAccuracy = JSONNumber(testAccuracy)
    seconds = outcome.epochs.reduce(0) { $0 + $1.seconds }
  }
}

/// The record of the training in a model's file.
struct TrainingRecord: Encodable {
  let programVersion = Provenance.programVersion
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

  init(_ run: TrainRun, _ outcome: TrainingOutcome, testAccuracy: Double?) {
    architecture = run.inputs.initial.name
    settings = SettingsRecord(run.settings)
    optimizer = type(of: run.plan.optimizer).method.name
    batchSize = run.plan.loop.batchSize
    learningRate = run.plan.loop.learningRate
    seed = run.seed
    epochs = outcome.epochs
    isComplete = outcome.isComplete
    selectedEpoch = outcome.bestEpoch
    collapse = outcome.collapse
    divergence = outcome.divergence?.description
    self.testAccuracy = testAccuracy
  }
}
