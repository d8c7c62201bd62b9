import Glibc
import Synchronization

/// The progress of a long piece of work on standard error: one line that is drawn over while a person watches, one
/// line per minute elsewhere, nothing when quiet. Any thread may report.
public final class ProgressLine: Sendable {
  /// How progress shows.
  public enum Display: Hashable, Sendable {
    /// One line, drawn over, at most this wide.
    case line(Terminal)
    /// A line of its own now and then.
    case log
    /// Not at all.
    case none

    /// What suits this process: nothing when quiet, a line on a terminal, a log elsewhere.
    public static func standardError(quiet: Bool) -> Display {
      let terminal = Terminal.standardError
      return quiet ? .none : terminal.isInteractive ? .line(terminal) : .log
    }
  }

  private struct State {
    var title: String
    var completed = 0
    var share: Double?
    var note = ""
    var nextReport: Double
    var isDrawn = false
    var isFinished = false
  }

  /// Ten redraws a second are smooth and cost nothing.
  private static let redrawInterval = 0.1
  private static let logInterval = 60.0

  private let total: Int?
  private let unit: String
  private let display: Display
  private let start: Double
  private let now: @Sendable () -> Double
  private let output: @Sendable (String) -> Void
  private let state: Mutex<State>

  /// Starts the clock.
  ///
  /// - Parameters:
  ///   - title: What is being done, such as `PGD`.
  ///   - total: How many there are to do, where that is known.
  ///   - unit: What is counted, in the plural.
  ///   - display: How progress shows.
  public convenience init(_ title: String, total: Int?, unit: String, display: Display) {
    self.init(
      title, total: total, unit: unit, display: display, now: ProgressLine.monotonicSeconds,
      output: ProgressLine.writeToStandardError)
  }

  /// The same with a clock and an output of the caller's.
  package init(
    _ title: String, total: Int?, unit: String, display: Display, now: @escaping @Sendable () -> Double,
    output: @escaping @Sendable (String) -> Void
  ) {
    self.total = total
    self.unit = unit
    self.display = display
    self.now = now
    self.output = output
    start = now()
    state = Mutex(State(title: title, nextReport: start + Self.interval(of: display)))
  }

  deinit {
    finish()
  }

  /// Counts more of the work as done, and replaces the remark at the end of the line where one is given.
  /// `share` is how much of all the work is done, 0 to 1, where that is better known than by counting; the time that is
  /// left is reckoned by it.
  public func advance(by count: Int = 1, share: Double? = nil, note: String? = nil) {
    state.withLock { state in
      state.completed += count
      if let share { state.share = share }
      if let note { state.note = note }
      report(&state)
    }
  }

  /// Begins another part of the same work, with a title of its own.
  public func begin(_ title: String) {
    state.withLock { $0.title = title }
  }

  /// Clears the line. What is reported later shows nothing.
  public func finish() {
    state.withLock { state in
      if state.isDrawn { output("\r\u{1B}[K") }
      state.isDrawn = false
      state.isFinished = true
    }
  }

  /// Runs `body` while the line is cleared, so that it can write lines of its own.
  public func interrupted<Result>(by body: () throws -> Result) rethrows -> Result {
    try state.withLock { state in
      if state.isDrawn { output("\r\u{1B}[K") }
      state.isDrawn = false
      return try body()
    }
  }

  private func report(_ state: inout State) {
    guard !state.isFinished, display != .none else { return }
    let time = now()
    guard time >= state.nextReport else { return }
    state.nextReport = time + Self.interval(of: display)
    let text = ProgressText(
      title: state.title, completed: state.completed, total: total, unit: unit, seconds: time - start,
      share: state.share, note: state.note)
    switch display {
    case .line(let terminal):
      // One column stays free: a full line would wrap on some terminals.
      output("\r\(terminal.styled(text.fitting(terminal.width - 1), .dim))\u{1B}[K")
      state.isDrawn = true
    case .log: output(text.description + "\n")
    case .none: break
    }
  }

  private static func interval(of display: Display) -> Double {
    display == .log ? logInterval : redrawInterval
  }

  private static let monotonicSeconds: @Sendable () -> Double = {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Unbuffered, in one call, so that lines of several threads do not mix.
  private static let writeToStandardError: @Sendable (String) -> Void = { text in
    let bytes = Array(text.utf8)
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        write(STDERR_FILENO, $0.baseAddress.map { $0 + written }, bytes.count - written)
      }
      // A closed or full standard error must not stop the work.
      guard count > 0 else { return }
      written += count
    }
  }
}
