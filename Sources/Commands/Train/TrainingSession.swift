internal import Arguments
internal import Compute
internal import Defences
internal import Exchange
internal import Networks
internal import Reports
internal import Training

/// A run of `train` with what surrounds it: rows are printed as epochs end, states are kept, and the model is written.
struct TrainingSession {
  let run: TrainRun
  let model: any TrainableClassifier
  /// Where the run goes on from; nil for a new one.
  let resumption: Resumption?
  /// Where its states are kept.
  let store: CheckpointStore?
  let provenance: Provenance
  let printer: ReportPrinter
  /// How progress shows.
  let display: ProgressLine.Display
  /// What TensorBoard is shown; nil for nothing.
  let log: TensorBoardLog?
  /// The filters of the first layer, for a report, a log or a directory that can show them.
  var filters: FilterAlbum?
  /// Where they are written; nil for nowhere.
  let filterDirectory: FilterDirectory?

  /// Trains, as far as nobody interrupts.
  mutating func train() throws -> TrainingOutcome {
    let document = document
    try printer.print(.facts(document.heading))
    try printer.begin(document.epochs)
    InterruptSignal.listen()
    let progress = ProgressLine("training", total: updatesLeft, unit: "updates", display: display)
    defer { progress.finish() }
    let checkpoints = store?.checkpoints { warning in
      progress.interrupted { StandardError.print("Warning: \(warning)") }
    }
    var filters = filters
    defer { self.filters = filters }
    func show(epoch: Int, _ record: EpochRecord?) {
      filters?.add(epoch: epoch, model.parameters)
      // A log that is full, or can't be written, must not cost the weights.
      do {
        let picture = log != nil || filterDirectory != nil ? filters?.last : nil
        if let record { try log?.add(record, filters: picture) }
        if let picture { try filterDirectory?.write(picture, epoch: epoch) }
      } catch {
        progress.interrupted { StandardError.print("Warning: \(error)") }
      }
    }
    if resumption == nil { show(epoch: 0, nil) }
    return try run.plan.run(
      model, on: run.inputs.training, continuing: resumption?.state, checkpoints: checkpoints,
      isCancelled: { InterruptSignal.isRaised }
    ) { event in
      switch event {
      case .update(let epoch, _, _, let loss):
        progress.advance(note: "epoch \(epoch), loss \(NumberFormat.significant(loss))")
      case .epoch(let record):
        // Rows that can't be printed are no reason to stop; the report at the end says that they can't.
        progress.interrupted { try? printer.add(document.row(record)) }
        show(epoch: record.epoch, record)
      }
    }
  }

  private var updatesLeft: Int {
    let (done, progress) = (resumption?.state.epochs.count ?? 0, resumption?.state.progress.updates ?? 0)
    return (run.plan.loop.epochs - done) * run.updatesPerEpoch - progress
  }

  private var document: TrainDocument {
    var notes = resumption?.notes ?? []
    if case .unusable(let reason) = run.inputs.test { notes.append("no test accuracy: \(reason)") }
    return TrainDocument(run: run, start: resumption?.state, notes: notes)
  }

  /// The accuracy on the test split, where there is one.
  func testAccuracy() throws -> Double? {
    guard case .usable(let test) = run.inputs.test else { return nil }
    return Double(try test.correctCount(of: model, workers: run.workers)) / Double(test.count)
  }

  /// What is to be written.
  func modelFile(_ outcome: TrainingOutcome, testAccuracy: Double?) throws -> ModelFile {
    let images = run.inputs.data.first
    return try ModelFile(
      network: model.network, parameters: model.parameters,
      probe: ModelFile.Probe(finiteRowsOf: images, logits: try model.logits(of: images)),
      trainingRecord: try StandardOutput.json(TrainingRecord(run, outcome, testAccuracy: testAccuracy)),
      vectorOrder: run.inputs.initial.vectorOrder, provenance: provenance)
  }

  /// Reports what came out, and where the model is.
  func report(
    _ outcome: TrainingOutcome, testAccuracy: Double?, model: ModelFile, _ destination: ModelDestination
  ) throws {
    let report = TrainingReport(
      run, outcome, testAccuracy: testAccuracy, model: ModelSummary(model, path: destination.path))
    let accuracy = report.cleanAccuracy.value.map {
      "; on the test split \(NumberFormat.percentage($0)) are classified rightly"
    }
    try printer.finish(
      report, [.facts(document.results(report, isWritten: destination.isWritten))],
      summary: "\(run.inputs.initial.name) was trained for \(counted(outcome.epochs.count, "epoch", "epochs"))"
        + "\(accuracy ?? "").",
      details: TrainingCurves.blocks(outcome.epochs) + [filters?.gallery].compactMap { $0.map { .gallery($0) } }
        + [.facts(.digests(model, data: run.inputs.data.properties.sha256))])
  }
}
