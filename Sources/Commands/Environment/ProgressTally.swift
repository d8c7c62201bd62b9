internal import Attacks
internal import Reports
internal import Synchronization

/// Turns the evaluator's totals into steps of a progress line.
final class ProgressTally: Sendable {
  private let line: ProgressLine
  /// How many examples of the present evaluation are done, and which share of all work it is.
  private let current = Mutex((done: 0, part: 0.0...0.0))

  init(_ line: ProgressLine) {
    self.line = line
  }

  func report(_ progress: EvaluationProgress) {
    let step = current.withLock { current in
      defer { current = (progress.examplesDone, progress.part) }
      return progress.examplesDone - (current.part == progress.part ? current.done : 0)
    }
    line.advance(by: step, share: share(progress))
  }

  /// The share of the work, by passes of the network: an example that an attack breaks at once takes far fewer.
  private func share(_ progress: EvaluationProgress) -> Double? {
    guard progress.passesTotal > 0 else { return nil }
    let done = min(1, progress.passesDone / progress.passesTotal)
    return progress.part.lowerBound + done * (progress.part.upperBound - progress.part.lowerBound)
  }
}
