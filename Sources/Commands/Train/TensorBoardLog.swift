internal import Exchange
internal import Reports
internal import Training

/// What `--tensorboard` shows of every epoch: loss, accuracies, learning rate and time, and the filters of the first layer.
struct TensorBoardLog {
  private let file: EventFile

  /// Begins a log in a directory; that of a run that goes on holds its earlier events.
  ///
  /// - Throws: `ExchangeError` where it cannot be written.
  init(_ directory: String, continues: Bool) throws {
    file = try EventFile(in: directory, continues: continues)
  }

  /// Adds an epoch.
  ///
  /// - Throws: `ExchangeError` where it cannot be written.
  func add(_ record: EpochRecord, filters: Gallery.Picture?) throws {
    let scalars: [(String, Double?)] = [
      ("loss/training", record.trainingLoss), ("accuracy/training", record.trainingAccuracy),
      ("accuracy/validation", record.validationAccuracy), ("accuracy/robust", record.robustAccuracy),
      ("learning_rate", Double(record.learningRate)), ("seconds", record.seconds),
    ]
    var values: [(tag: String, value: EventFile.Value)] = scalars.compactMap { tag, value in
      value.map { (tag, .scalar($0)) }
    }
    if let filters {
      values.append(("filters", .image(png: filters.png, width: filters.width, height: filters.height)))
    }
    try file.append(step: record.epoch, values)
  }
}
