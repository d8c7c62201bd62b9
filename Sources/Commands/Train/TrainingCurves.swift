internal import Reports
internal import Training

/// Loss and accuracies over the epochs.
enum TrainingCurves {
  /// Two figures; none of a single epoch, which has no course.
  static func blocks(_ epochs: [EpochRecord]) -> [Document.Block] {
    guard epochs.count > 1 else { return [] }
    func series(_ label: String, _ value: (EpochRecord) -> Double?) -> [Figure.Series] {
      let points = epochs.compactMap { record in
        value(record).map { Figure.Point(x: Double(record.epoch), y: $0) }
      }
      return points.isEmpty ? [] : [Figure.Series(label, points)]
    }
    let accuracies =
      series("training") { $0.trainingAccuracy } + series("validation") { $0.validationAccuracy }
      + series("robust") { $0.robustAccuracy }
    return [
      .figure(Figure("Training loss", xLabel: "epoch", yLabel: "loss", series("training") { $0.trainingLoss })),
      .figure(Figure("Accuracy", xLabel: "epoch", yLabel: "accuracy", accuracies)),
    ]
  }
}
