internal import Reports
internal import Training

/// What `train` prints of its epochs. They appear as they end, so the columns have fixed widths.
enum EpochTable {
  private static let columns = [
    ("epoch", 5), ("loss", 10), ("training", 10), ("validation", 10), ("rate", 9), ("time", 10),
  ]

  static let header = line(columns.map(\.0))

  static func row(_ record: EpochRecord) -> String {
    line([
      String(record.epoch), NumberFormat.significant(record.trainingLoss),
      NumberFormat.percentage(record.trainingAccuracy),
      record.validationAccuracy.map { NumberFormat.percentage($0) } ?? "–",
      NumberFormat.significant(Double(record.learningRate)), NumberFormat.duration(seconds: record.seconds),
    ])
  }

  private static func line(_ cells: [String]) -> String {
    zip(cells, columns).map { cell, column in
      String(repeating: " ", count: max(column.1 - cell.displayWidth, 0)) + cell
    }.joined(separator: "  ")
  }
}

/// `train --json`.
struct TrainingReport: Encodable {
  let command = "train"
  let architecture: String
  let model: ModelSummary
  let data: DataSummary
  let count: Int
  let epochs: [EpochRecord]
  let cleanAccuracy: JSONNumber
  let seconds: Double
}

/// What a model's file says of its training.
struct TrainingRecord: Encodable {
  let architecture: String
  let optimizer: String
  let batchSize: Int
  let learningRate: Float
  let seed: UInt64
  let epochs: [EpochRecord]
  let isComplete: Bool
  let testAccuracy: Double?
}
