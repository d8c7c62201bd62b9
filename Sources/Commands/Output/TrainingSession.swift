internal import Compute
internal import Networks
internal import Reports
internal import Training

/// One run of the training loop with what the user sees of it.
struct TrainingSession {
  let command: TrainCommand
  let model: CompiledModel
  let training: LabelledImages
  let validation: LabelledImages?

  func run() throws -> TrainingOutcome {
    let options = command.training
    switch options.optimizer {
    case .adam: return try run(Adam(weightDecay: options.weightDecay))
    case .sgd:
      return try run(
        SGD(momentum: options.momentum ?? 0.9, isNesterov: options.nesterov, weightDecay: options.weightDecay))
    }
  }

  private func run(_ optimizer: some Optimizer) throws -> TrainingOutcome {
    var optimizer = optimizer
    let options = command.training
    let loop = TrainingLoop(
      epochs: options.epochs, batchSize: options.batchSize, learningRate: options.learningRate,
      schedule: options.schedule, seed: command.execution.seed)
    InterruptSignal.listen()
    let updates = options.epochs * ((training.count - 1) / options.batchSize + 1)
    let progress = command.execution.progress("training", total: updates, unit: "updates")
    defer { progress.finish() }
    let isSilent = command.execution.json
    if !isSilent { StandardOutput.print(Self.header) }
    return try loop.run(
      model, on: training, validation: validation, optimizer: &optimizer,
      isCancelled: { InterruptSignal.isRaised }
    ) { event in
      switch event {
      case .update(let epoch, _, _, let loss):
        progress.advance(note: "epoch \(epoch), loss \(NumberFormat.significant(loss))")
      case .epoch(let record, _):
        if !isSilent { progress.interrupted { StandardOutput.print(Self.line(record)) } }
      }
    }
  }

  // Epochs are printed as they end, so their columns have fixed widths.
  private static let columns = ["epoch", "loss", "training", "validation", "rate", "time"]
  private static let widths = [5, 10, 10, 10, 9, 10]
  private static let header = row(columns)

  private static func row(_ cells: [String]) -> String {
    zip(cells, widths).map { cell, width in
      String(repeating: " ", count: max(width - cell.displayWidth, 0)) + cell
    }.joined(separator: "  ")
  }

  private static func line(_ record: EpochRecord) -> String {
    row([
      String(record.epoch), NumberFormat.significant(record.trainingLoss),
      NumberFormat.percentage(record.trainingAccuracy),
      record.validationAccuracy.map(NumberFormat.percentage) ?? "–",
      NumberFormat.significant(Double(record.learningRate)), NumberFormat.duration(seconds: record.seconds),
    ])
  }

  private struct Report: Encodable {
    let command = "train"
    let architecture: String
    let data: DataSummary
    let count: Int
    let epochs: [EpochRecord]
    let cleanAccuracy: Double?
    let seconds: Double
    let output: String
  }

  func report(_ outcome: TrainingOutcome, testAccuracy: Double?, data: DataSummary, output: String) throws {
    let seconds = outcome.epochs.reduce(0) { $0 + $1.seconds }
    guard !command.execution.json else {
      return try StandardOutput.print(
        json: Report(
          architecture: command.architecture, data: data, count: training.count, epochs: outcome.epochs,
          cleanAccuracy: testAccuracy, seconds: seconds, output: output))
    }
    var heading = Heading()
    if let testAccuracy { heading.add("test accuracy", NumberFormat.percentage(testAccuracy)) }
    heading.add("time", NumberFormat.duration(seconds: seconds))
    heading.add("written", output)
    StandardOutput.print("\n" + heading.text)
  }
}
