import Glibc
import Wording

/// A process that reads an untrusted file. libhdf5 can be crashed by a damaged file (there are dozens of CVEs of the
/// kind): here only a process crashes that does nothing else, under limits of memory and time that it sets for itself.
///
/// What it prints on standard output is the result; what it prints on standard error, where it fails, is the reason. It may
/// be asked more, on its standard input, as long as it runs.
public final class ReaderProcess {
  private let file: String
  /// The limits that it was given.
  public let limits: ReaderLimits

  private let process: pid_t
  private let isStarted: Bool
  private var deadline: ContinuousClock.Instant
  /// How many processes the kernel had ended for lack of memory when this one was started.
  private let memoryKills = MemoryKills.count
  private let questions: Int32
  private var output: Int32
  private var errors: Int32
  private var reason: [UInt8] = []
  private var ending: Ending?

  /// How the process ended.
  private struct Ending {
    /// The number of the signal that ended it, or 0.
    let signal: Int32
    let code: Int32
    /// Seconds of processor time it used.
    let processorTime: Double

    init(status: Int32, _ usage: rusage) {
      signal = status & 0x7F
      code = (status >> 8) & 0xFF
      let times = [usage.ru_utime, usage.ru_stime]
      processorTime = times.reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) * 1e-6 }
    }
  }

  private static let reasonBytes = 64 << 10

  /// Starts a program with these arguments to read `file`.
  ///
  /// - Throws: `ReaderFailure` where the process cannot be started.
  public init(_ program: String, _ arguments: [String], file: String, limits: ReaderLimits) throws {
    let (questions, output, errors) = (try Pipe(), try Pipe(), try Pipe())
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, questions.reading, STDIN_FILENO)
    posix_spawn_file_actions_adddup2(&actions, output.writing, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, errors.writing, STDERR_FILENO)
    var process: pid_t = 0
    let code = withStrings([program] + arguments) { arguments in
      // The runtime would spend seconds on a backtrace of a crash that is expected.
      withStrings(environmentStrings() + ["SWIFT_BACKTRACE=enable=no"]) { environment in
        withUnblockedSignals { posix_spawn(&process, program, &actions, $0, arguments, environment) }
      }
    }
    close(questions.reading)
    close(output.writing)
    close(errors.writing)
    (self.file, self.limits, self.process) = (file, limits, process)
    (self.questions, self.output, self.errors) = (questions.writing, output.reading, errors.reading)
    deadline = .now + .seconds(limits.wallTime)
    isStarted = code == 0
    guard isStarted else {
      throw ReaderFailure(
        exitCode: 1,
        message: "\(file): cannot start \(program), which is to read it (\(systemMessage(code))); "
          + "--no-isolate reads it in this process")
    }
  }

  deinit {
    close(questions)
    close(output)
    close(errors)
    guard isStarted, ending == nil else { return }
    kill(process, SIGKILL)
    waitpid(process, nil, 0)
  }

  /// Asks the process something. Its real time counts from here, for it may have waited long.
  ///
  /// - Throws: `ReaderFailure` where it no longer listens.
  public func ask(_ question: UnsafeRawBufferPointer) throws {
    deadline = .now + .seconds(limits.wallTime)
    var rest = question[...]
    while !rest.isEmpty {
      let count = write(questions, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
      guard count >= 0 || errno == EINTR else { throw try failure() }
      rest = rest.dropFirst(max(count, 0))
    }
  }

  /// Fills a buffer with what the process prints next.
  ///
  /// - Throws: `ReaderFailure` where it ends before.
  public func fill(_ buffer: UnsafeMutableRawBufferPointer) throws {
    var done = 0
    while done < buffer.count {
      let count = try next(UnsafeMutableRawBufferPointer(rebasing: buffer[done...]))
      guard count > 0 else { throw try failure() }
      done += count
    }
  }

  /// Everything that the process prints, up to a limit.
  ///
  /// - Throws: `ReaderFailure` where it does not end well.
  public func text(limit: Int = 256 << 20) throws -> String {
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = try block.withUnsafeMutableBytes(next), count > 0 {
      bytes += block[..<count]
      guard bytes.count <= limit else { throw broken("printed more than \(limit) bytes") }
    }
    try finish()
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Waits for the end.
  ///
  /// - Throws: `ReaderFailure` where it is not a good one.
  public func finish() throws {
    let ending = try wait()
    guard ending.signal == 0, ending.code == 0 else { throw try failure() }
  }

  /// The next bytes that the process prints, at most as many as there is room for; none at the end.
  private func next(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    while true {
      var streams = [pollfd(fd: output, events: Int16(POLLIN), revents: 0)]
      if errors >= 0 { streams.append(pollfd(fd: errors, events: Int16(POLLIN), revents: 0)) }
      guard poll(&streams, nfds_t(streams.count), 1000) >= 0 || errno == EINTR else { throw broken("cannot be read") }
      if streams.count > 1, streams[1].revents != 0 { drainErrors() }
      if streams[0].revents != 0 {
        let count = read(output, buffer.baseAddress, buffer.count)
        if count >= 0 { return count }
        guard errno == EINTR else { throw broken("cannot be read") }
      }
      guard ContinuousClock.now < deadline else { throw late(limits.wallTime) }
    }
  }

  /// Reads a part of standard error; only its beginning is kept.
  private func drainErrors() {
    var block = [UInt8](repeating: 0, count: 4096)
    let count = read(errors, &block, block.count)
    if count > 0 {
      reason += block[..<min(count, Self.reasonBytes - reason.count)]
    } else if count == 0 || errno != EINTR {
      close(errors)
      errors = -1
    }
  }

  /// How the process ended.
  private func wait() throws -> Ending {
    if let ending { return ending }
    while errors >= 0 {
      var stream = pollfd(fd: errors, events: Int16(POLLIN), revents: 0)
      if poll(&stream, 1, 1000) > 0 { drainErrors() }
      guard ContinuousClock.now < deadline else { throw late(limits.wallTime) }
    }
    var (status, usage): (Int32, rusage) = (0, rusage())
    // It may hang although its streams are closed: libhdf5 can, on closing a damaged file at exit.
    while wait4(process, &status, WNOHANG, &usage) == 0 {
      guard ContinuousClock.now < deadline else { throw late(limits.wallTime) }
      usleep(200)
    }
    let ending = Ending(status: status, usage)
    self.ending = ending
    return ending
  }

  /// Why the process ended, or did not print what was expected.
  private func failure() throws -> ReaderFailure {
    let ending = try wait()
    switch ending.signal {
    case 0: return refusal(ending.code)
    case SIGXCPU: return late(limits.processorTime)
    // The end of a process that does not heed the signal of before. It has used more than the limit then, but by the
    // kernel's ticks, which on a busy machine run ahead of the time that it accounts for: half a second is allowed for.
    case SIGKILL where ending.processorTime > Double(limits.processorTime) - 0.5: return late(limits.processorTime)
    case SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT, SIGFPE, SIGSYS:
      return broken(
        "crashed (signal \(ending.signal)): it is damaged, or made to do harm, or needs more than "
          + "\(limits.memory >> 20) MiB of memory")
    default:
      // No file can cause this by itself.
      return broken(MemoryKills.explanation(ofSignal: ending.signal, countBefore: memoryKills), exitCode: 1)
    }
  }

  /// The error of a process that ended by itself. Only messages of AdvLab's own reader are passed on as they are.
  private func refusal(_ code: Int32) -> ReaderFailure {
    var text = String(decoding: reason, as: UTF8.self)
    while text.last?.isNewline == true { text.removeLast() }
    if text.hasPrefix("Error: "), Self.ownCodes.contains(code) {
      return ReaderFailure(exitCode: code, message: String(text.dropFirst(7)))
    }
    let line = text.split(whereSeparator: \.isNewline).first.map { ": \($0.prefix(400))" } ?? ""
    return broken("ended without a result (exit code \(code))\(line)")
  }

  private func late(_ seconds: Int) -> ReaderFailure {
    broken("took more than \(seconds) s and was ended")
  }

  private func broken(_ what: String, exitCode: Int32 = ReaderFailure.contentCode) -> ReaderFailure {
    ReaderFailure(exitCode: exitCode, message: "\(file): reading it, in a process of its own, \(what)")
  }

  /// The exit codes with which AdvLab's own reader refuses a file; reading never ends with another one.
  private static let ownCodes: Set<Int32> = [1, 64, 65, 66]
}

/// A file that could not be read in a process of its own.
public struct ReaderFailure: Error, Equatable, CustomStringConvertible {
  /// The exit code that the failure stands for.
  public let exitCode: Int32
  /// What happened.
  public let message: String

  /// The exit code for a file whose content is wrong.
  static let contentCode: Int32 = 65

  /// The message.
  public var description: String { message }
}

/// The two ends of a pipe; neither is inherited by processes it is not meant for.
private struct Pipe {
  let reading: Int32
  let writing: Int32

  init() throws {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else {
      throw ReaderFailure(exitCode: 1, message: "cannot make a pipe: \(systemMessage(errno))")
    }
    (reading, writing) = (ends[0], ends[1])
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
  }
}

private func environmentStrings() -> [String] {
  var strings: [String] = []
  var entry = environ
  while let text = entry.pointee {
    strings.append(String(cString: text))
    entry += 1
  }
  return strings
}
