internal import Arguments
internal import Exchange
internal import HDF5
internal import Networks
internal import Training

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The state of a run of training in a directory: one file, replaced as a whole.
final class CheckpointStore {
  private let directory: CheckpointDirectory
  private let settings: [TrainingSetting]
  private let provenance: Provenance
  private let interval: Double?
  private var lastTime = ContinuousClock.now
  /// Why the last state could not be kept.
  private(set) var failure: (any Error)?

  /// Keeps states in a directory that this process has.
  ///
  /// - Parameters:
  ///   - directory: The directory.
  ///   - interval: The seconds between two states within an epoch; nil to keep those at the ends of epochs alone.
  ///   - settings: What makes the run what it is.
  ///   - provenance: What wrote the file.
  init(
    _ directory: CheckpointDirectory, interval: Double?, settings: [TrainingSetting], provenance: Provenance
  ) {
    (self.directory, self.interval, self.settings, self.provenance) = (directory, interval, settings, provenance)
  }

  /// For the loop. A state that cannot be kept costs nothing but itself: the one before it stays, and the run goes on.
  ///
  /// - Parameter warn: Told of the first such state in a row.
  /// - Returns: What the loop calls.
  func checkpoints(warn: @escaping (String) -> Void) -> TrainingCheckpoints {
    TrainingCheckpoints(isDue: isDue) { [self] state in
      do {
        try write(state)
        failure = nil
      } catch {
        if failure == nil { warn("cannot keep the state of the run, the last one kept stays: \(error)") }
        failure = error
      }
      lastTime = .now
    }
  }

  private func isDue() -> Bool {
    guard let interval else { return false }
    return (ContinuousClock.now - lastTime) / .seconds(1) >= interval
  }

  private func write(_ state: TrainingState) throws {
    let sets: [String: Parameters?] = [
      "weights": state.parameters, "first": state.optimizer.first, "second": state.optimizer.second,
      "average": state.optimizer.average, "best": state.selection.best?.parameters,
      "good": state.selection.good?.parameters,
      // At the end of an epoch these are the weights themselves.
      "last": state.selection.last == state.parameters ? nil : state.selection.last,
    ]
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    try CheckpointFile(
      settings: String(decoding: encoder.encode(settings), as: UTF8.self),
      state: String(decoding: encoder.encode(StateRecord(state)), as: UTF8.self),
      parameterSets: sets.compactMapValues { $0 },
      tensors: state.memory.map { ["memory": $0] } ?? [:], provenance: provenance
    ).write(to: directory.file)
  }
}
