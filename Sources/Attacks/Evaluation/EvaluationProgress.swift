import Synchronization

/// How far an evaluation has come.
public struct EvaluationProgress: Hashable, Sendable {
  /// The examples that are finished.
  public var examplesDone = 0
  /// The examples that were asked for.
  public var examplesTotal: Int
  /// The forward passes up to now, counted per image.
  public var forwards = 0
  /// The backward passes among them.
  public var backwards = 0
}

/// Thrown out of an attack's own passes when its results are not wanted any more.
struct Cancellation: Error {}

/// Adds up the progress of all workers, and tells them when to stop.
final class ProgressMonitor: Sendable {
  private let progress: Mutex<EvaluationProgress>
  private let onProgress: (@Sendable (EvaluationProgress) -> Void)?
  private let isCancelled: @Sendable () -> Bool

  init(
    total: Int, onProgress: (@Sendable (EvaluationProgress) -> Void)?, isCancelled: @escaping @Sendable () -> Bool
  ) {
    progress = Mutex(EvaluationProgress(examplesTotal: total))
    self.onProgress = onProgress
    self.isCancelled = isCancelled
  }

  func check() throws(Cancellation) {
    if isCancelled() { throw Cancellation() }
  }

  func finished(_ examples: Int) { report { $0.examplesDone += examples } }

  func passed(forwards: Int, backwards: Int) {
    report {
      $0.forwards += forwards
      $0.backwards += backwards
    }
  }

  /// The callback runs under the lock, so that its calls come one after the other and in order.
  private func report(_ change: (inout EvaluationProgress) -> Void) {
    progress.withLock {
      change(&$0)
      onProgress?($0)
    }
  }
}
