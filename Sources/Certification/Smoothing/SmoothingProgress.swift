public import Networks
import Synchronization

/// How far the sampling has come.
public struct SmoothingProgress: Hashable, Sendable {
  /// The samples that are classified.
  public var samplesDone: Int
  /// The samples that were asked for.
  public var samplesTotal: Int
}

/// An image that can't be smoothed.
public enum SmoothingError: Error, Hashable, CustomStringConvertible {
  /// An image of another shape than the classifier takes.
  case shape(found: Shape, expected: Shape)

  /// What was expected and what was found.
  public var description: String {
    switch self {
    case .shape(let found, let expected): "expected an image of shape \(expected), as the model takes, found \(found)"
    }
  }
}

/// Adds up the samples of all threads.
final class SampleMonitor: Sendable {
  private let done = Mutex(0)
  private let total: Int
  private let onProgress: (@Sendable (SmoothingProgress) -> Void)?

  init(total: Int, onProgress: (@Sendable (SmoothingProgress) -> Void)?) {
    (self.total, self.onProgress) = (total, onProgress)
  }

  /// The callback runs under the lock, so that its calls come one after the other and in order.
  func add(_ samples: Int) {
    guard let onProgress else { return }
    done.withLock {
      $0 += samples
      onProgress(SmoothingProgress(samplesDone: $0, samplesTotal: total))
    }
  }
}
