internal import Arguments
internal import Glibc
internal import HDF5
internal import Networks
internal import Synchronization

/// Whether the command that runs keeps what it has finished when it is interrupted.
private let keepsPartialResults = Atomic<Bool>(false)
private let isInterrupted = Atomic<Bool>(false)

/// The signals that interrupt a command: Ctrl-C (SIGINT), a closed terminal (SIGHUP) and SIGTERM. All commands exit with 130
/// and leave no partial file behind.
///
/// A command without partial results ends at once. One that keeps partial results says so with
/// `listen`: then the first signal asks for them, and only a second one ends at once.
enum InterruptSignal {
  /// Sets the handler, when the program starts.
  static func install() {
    // The handler may not take memory: what it needs is made here.
    TemporaryFiles.removeAll()
    isInterrupted.store(false, ordering: .relaxed)
    keepsPartialResults.store(false, ordering: .relaxed)
    for signal in [SIGINT, SIGTERM, SIGHUP] {
      var old = sigaction()
      sigaction(signal, nil, &old)
      // Under `nohup` the program goes on when its terminal is closed.
      if signal == SIGHUP, isIgnored(old) { continue }
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { _ in InterruptSignal.handle() }
      action.sa_flags = SA_RESTART
      sigaction(signal, &action, nil)
    }
  }

  /// From here on the first signal only sets `isRaised`.
  static func listen() {
    keepsPartialResults.store(true, ordering: .relaxed)
  }

  /// Leaves Ctrl-C to the process that started this one: it ends this one as well.
  static func leaveToParent() {
    for signal in [SIGINT, SIGHUP] { Glibc.signal(signal, SIG_IGN) }
    signal(SIGTERM, SIG_DFL)
  }

  /// Whether a signal came, and the command is to end with what it has.
  static var isRaised: Bool { isInterrupted.load(ordering: .relaxed) }

  /// The same of all processes that share the run, which ask together.
  static var isRaisedAnywhere: Bool {
    get throws { try Launch.ranks.holdsAnywhere(isRaised) }
  }

  /// The signal handler. It interrupts any code: nothing here may wait for a lock or allocate memory.
  private static func handle() {
    if keepsPartialResults.load(ordering: .relaxed), !isInterrupted.exchange(true, ordering: .relaxed) { return }
    TemporaryFiles.removeAll()
    let message: StaticString = "Error: interrupted\n"
    if !StandardStream.isHeld { _ = write(STDERR_FILENO, message.utf8Start, message.utf8CodeUnitCount) }
    _exit(Interruption.exitCode)
  }

  private static func isIgnored(_ action: sigaction) -> Bool {
    unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }
}
