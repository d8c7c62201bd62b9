internal import Attacks
internal import Reports
internal import Synchronization

/// Turns the evaluator's totals into steps of a progress line.
final class ProgressTally: Sendable {
  private let line: ProgressLine
  private let part: ClosedRange<Double>
  private let done = Mutex(0)

  /// The evaluation is a part of all the work that the line tells of.
  init(_ line: ProgressLine, part: ClosedRange<Double> = 0...1) {
    self.line = line
    self.part = part
  }

  func report(_ progress: EvaluationProgress) {
    let step = done.withLock { done in
      defer { done = progress.examplesDone }
      return progress.examplesDone - done
    }
    line.advance(by: step, share: share(progress))
  }

  /// By passes: an example that an attack breaks at once is done long before one that it never breaks.
  private func share(_ progress: EvaluationProgress) -> Double? {
    guard progress.passesTotal > 0 else { return nil }
    let done = min(1, progress.passesDone / progress.passesTotal)
    return part.lowerBound + done * (part.upperBound - part.lowerBound)
  }
}
