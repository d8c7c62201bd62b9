internal import Defences
internal import Exchange
internal import Networks
internal import Reports
internal import Training

/// What `train` prints: the settings, a row for each epoch as it ends, and the results.
struct TrainDocument {
  let run: TrainRun
  /// The state the run goes on from.
  let start: TrainingState?
  let notes: [String]

  /// The settings.
  var heading: Facts {
    var heading = Heading()
    let inputs = run.inputs
    let parameterCount = inputs.initial.network.parameterCount
    heading.add("model", "\(inputs.initial.name) (\(NumberFormat.count(parameterCount)) parameters)")
    heading.add(inputs.data.properties, path: inputs.dataPath, isGiven: inputs.isDataGiven)
    if let size = run.windowSize {
      heading.add(
        "windows",
        "\(inputs.training.windows.windowCount) of up to \(NumberFormat.count(size)) images, each shuffled by itself and "
          + "read in every epoch (see --window)")
    }
    run.describe(in: &heading)
    if let start {
      heading.add(
        "resumed",
        "after \(counted(start.epochs.count, "epoch", "epochs")) and "
          + "\(counted(start.progress.updates, "update", "updates")) of the next")
    }
    for note in notes { heading.add("note", note) }
    return heading.facts
  }

  /// The table with the epochs that were made before. Later rows are printed as they come, so the columns have fixed
  /// widths.
  var epochs: Table {
    let robust: [Table.Column] = measuresRobustness ? [.right("robust", width: 10)] : []
    var table = Table(
      [
        .right("epoch", width: 5), .right("loss", width: 10), .right("training", width: 10),
        .right("validation", width: 10),
      ] + robust + [.right("rate", width: 9), .right("time", width: 10)], isRuled: false)
    for record in start?.epochs ?? [] { table.append(row(record)) }
    return table
  }

  /// The row of an epoch.
  func row(_ record: EpochRecord) -> [Cell] {
    let robust: [Cell] = measuresRobustness ? [.optional(record.robustAccuracy) { .percentage($0) }] : []
    return [
      .text(String(record.epoch)), .number(record.trainingLoss), .percentage(record.trainingAccuracy),
      .optional(record.validationAccuracy) { .percentage($0) },
    ] + robust + [.number(Double(record.learningRate)), .duration(seconds: record.seconds)]
  }

  private var measuresRobustness: Bool { run.plan.robustness != nil }

  /// The results.
  func results(_ report: TrainingReport, isWritten: Bool) -> Facts {
    var facts = Facts()
    if let collapse = report.collapse {
      facts.add(
        "note",
        "robust accuracy collapsed in epoch \(collapse.epoch), seen after update \(collapse.update); the run went back "
          + "to epoch \(collapse.restoredEpoch), update \(collapse.restoredUpdate), and ended (see --collapse-guard)")
    }
    if let divergence = report.divergence { facts.add("note", divergence) }
    if let epoch = report.selectedEpoch {
      facts.add("selected", "epoch \(epoch), by \(run.plan.loop.selection.criterion)")
    }
    if let accuracy = report.cleanAccuracy.value { facts.add("test accuracy", .percentage(accuracy)) }
    facts.add("time", .duration(seconds: report.seconds))
    facts.add("written", isWritten ? report.model.path : "nowhere")
    return facts
  }
}

extension EpochChoice {
  /// The criterion by which an epoch was chosen.
  fileprivate var criterion: String {
    switch self {
    case .last: "being the last"
    case .bestClean: "validation accuracy"
    case .bestRobust: "robust accuracy"
    }
  }
}
