internal import Synchronization

/// The time that the steps of a model's plans take, by node and kernel. A model that is given one runs a little slower.
public final class Profile: Sendable {
  /// A step of a plan, or several of one name.
  public struct Entry: Sendable, Hashable {
    /// The node it belongs to.
    public let node: String
    /// Forward, or back from the loss.
    public let isBackward: Bool
    /// What ran: oneDNN's name for a primitive and its implementation, or the name of one of AdvLab's own kernels.
    public let kernel: String
  }

  private let nanoseconds = Mutex<[Entry: UInt64]>([:])

  /// Nothing measured yet.
  public init() {}

  /// Seconds by step, summed over threads, since the last reset.
  public var seconds: [Entry: Double] {
    nanoseconds.withLock { $0.mapValues { Double($0) * 1e-9 } }
  }

  /// Forgets what was measured.
  public func reset() {
    nanoseconds.withLock { $0 = [:] }
  }

  func add(_ time: UInt64, to entry: Entry) {
    nanoseconds.withLock { $0[entry, default: 0] += time }
  }
}
