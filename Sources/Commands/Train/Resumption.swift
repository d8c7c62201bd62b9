internal import Defences
internal import Exchange
internal import Reports
internal import Training

/// Where a run goes on from an earlier one.
struct Resumption {
  /// The state that the earlier run was left in.
  let state: TrainingState
  /// What is said of a run that is made longer.
  let notes: [String]

  /// Checks that a run is the earlier one, or the same with more epochs.
  ///
  /// - Parameters:
  ///   - earlier: The earlier run.
  ///   - run: The run that is to go on.
  ///   - begun: The same with the number of epochs that the earlier run was begun with.
  /// - Throws: `MismatchedFile` where they are different runs, or where the earlier one has ended for good;
  ///   `ExchangeError` for a state that no run comes to.
  init(_ earlier: EarlierRun, _ run: TrainRun, begun: TrainRun) throws {
    let isLonger = run.plan.loop.epochs > begun.plan.loop.epochs
    try earlier.check(isLonger ? begun : run)
    state = try earlier.state(run.stateExpectation)
    guard isLonger else {
      notes = []
      return
    }
    guard state.selection.collapse == nil else {
      throw MismatchedFile(
        description: "\(earlier.directory.file): expected a run that may have more epochs, found one that ended "
          + "because robust accuracy collapsed")
    }
    notes = Self.notes(run, begun, epochsMade: state.epochs.count)
  }

  private static func notes(_ run: TrainRun, _ begun: TrainRun, epochsMade: Int) -> [String] {
    let (loop, before) = (run.plan.loop, begun.plan.loop)
    let there = Set(begun.settings)
    let changed = run.settings.filter { !there.contains($0) }
    let made = counted(before.epochs, "epoch", "epochs")
    let isTheSame =
      changed.count == 1
      && (0...epochsMade).allSatisfy { before.rate(atEpoch: Double($0)) == loop.rate(atEpoch: Double($0)) }
    let (old, new) = (before.rate(atEpoch: Double(epochsMade)), loop.rate(atEpoch: Double(epochsMade)))
    return [
      "a run of \(made) goes on to have \(loop.epochs): \(TrainRun.text(changed))",
      isTheSame
        ? "the learning rates of its epochs are those of a run of \(loop.epochs) from the start"
        : "the \(counted(epochsMade, "epoch", "epochs")) made stay as they are; the learning rate, "
          + "\(NumberFormat.significant(Double(old))) here in a run of \(made), goes on from "
          + "\(NumberFormat.significant(Double(new))): a run of \(loop.epochs) from the start is another one",
    ]
  }
}
