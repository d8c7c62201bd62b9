internal import Glibc
internal import Synchronization

private let isInterrupted = Atomic<Bool>(false)

/// Ctrl-C asks for an end with what is finished so far; a second one ends at once.
enum InterruptSignal {
  /// Begins to listen.
  static func listen() {
    // Also makes sure that the flag exists before the handler needs it.
    isInterrupted.store(false, ordering: .relaxed)
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in isInterrupted.store(true, ordering: .relaxed) }
    action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND))
    sigaction(SIGINT, &action, nil)
    sigaction(SIGTERM, &action, nil)
  }

  /// Whether it came.
  static var isRaised: Bool { isInterrupted.load(ordering: .relaxed) }
}
