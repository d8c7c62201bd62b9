internal import Attacks
internal import Reports
internal import Synchronization

/// Turns the evaluator's totals into steps of a progress line.
final class ProgressTally: Sendable {
  private let line: ProgressLine
  private let done = Mutex(0)

  init(_ line: ProgressLine) {
    self.line = line
  }

  func report(_ progress: EvaluationProgress) {
    let step = done.withLock { done in
      defer { done = progress.examplesDone }
      return progress.examplesDone - done
    }
    line.advance(by: step)
  }
}
