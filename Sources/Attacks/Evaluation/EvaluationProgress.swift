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
  /// The forward and backward passes that are made or not needed any more, out of `passesTotal`.
  public var passesDone = 0.0
  /// The forward and backward passes that the attack makes at most; 0 where that is not known.
  public var passesTotal = 0.0
  /// Which part of all the work the evaluation is.
  public var part = 0.0...1.0
}

/// Thrown out of an attack's own passes when its results are not wanted any more.
struct Cancellation: Error {}

/// Adds up the progress of all workers, and tells them when to stop.
final class ProgressMonitor: Sendable {
  private let progress: Mutex<EvaluationProgress>
  private let onProgress: (@Sendable (EvaluationProgress) -> Void)?
  private let isCancelled: @Sendable () -> Bool
  private let passesPerExample: Double

  init(
    total: Int, passesPerExample: Double, part: ClosedRange<Double>,
    onProgress: (@Sendable (EvaluationProgress) -> Void)?,
    isCancelled: @escaping @Sendable () -> Bool
  ) {
    var start = EvaluationProgress(examplesTotal: total)
    start.passesTotal = Double(total) * passesPerExample
    start.part = part
    progress = Mutex(start)
    self.passesPerExample = passesPerExample
    self.onProgress = onProgress
    self.isCancelled = isCancelled
  }

  func check() throws(Cancellation) {
    if isCancelled() { throw Cancellation() }
  }

  /// Examples are finished for which so many passes were made; those they did not need are done with too.
  func finished(_ examples: Int, passes: Int) {
    report {
      $0.examplesDone += examples
      $0.passesDone += max(0, Double(examples) * self.passesPerExample - Double(passes))
    }
  }

  func passed(forwards: Int, backwards: Int) {
    report {
      $0.forwards += forwards
      $0.backwards += backwards
      $0.passesDone += Double(forwards + backwards)
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
