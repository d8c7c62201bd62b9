internal import Arguments
internal import Exchange
internal import Glibc
internal import Isolation

/// A process that ended without an error, with its time and memory. Its standard error is that of this process.
struct FinishedProcess {
  /// What it printed on standard output.
  let output: [UInt8]
  /// From before its start to after its end.
  let seconds: Double
  /// Bytes of memory at its peak; the system counts no less than this process uses when it starts the other.
  let peakMemory: Int

  /// Runs a program.
  ///
  /// - Throws: `CancellationError` at Ctrl-C, which ends the program; its exit code as `ExitCode` where it fails, for it
  ///   has said why; `ProcessFailure` where it cannot be started or a signal ends it.
  init(running program: String, _ arguments: [String]) throws {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw ProcessFailure("cannot make a pipe: \(String(cString: strerror(errno)))") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[0]) }
    let memoryKills = MemoryKills.count
    let start = ContinuousClock.now
    let process = try Self.spawn(program, arguments, output: ends[1])
    close(ends[1])
    output = Self.read(ends[0], of: process)
    var (status, usage): (Int32, rusage) = (0, rusage())
    while wait4(process, &status, 0, &usage) < 0, errno == EINTR {}
    seconds = (ContinuousClock.now - start) / .seconds(1)
    peakMemory = usage.ru_maxrss << 10
    let (signal, code) = (status & 0x7F, (status >> 8) & 0xFF)
    guard !InterruptSignal.isRaised, code != Interruption.exitCode else { throw CancellationError() }
    guard signal == 0 else { throw ProcessFailure("\(program) \(Self.ending(by: signal, memoryKills))") }
    guard code == 0 else { throw ExitCode(code) }
  }

  private static func ending(by signal: Int32, _ memoryKills: Int?) -> String {
    switch signal {
    case SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT, SIGFPE, SIGSYS: "crashed (signal \(signal))"
    case SIGXCPU: "used more processor time than it may"
    default: MemoryKills.explanation(ofSignal: signal, countBefore: memoryKills)
    }
  }

  private static func spawn(_ program: String, _ arguments: [String], output: Int32) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    var process: pid_t = 0
    let code = withStrings([program] + arguments) { arguments in
      withUnblockedSignals { posix_spawn(&process, program, &actions, $0, arguments, environ) }
    }
    guard code == 0 else {
      close(output)
      throw ProcessFailure("cannot start \(program): \(String(cString: strerror(code)))")
    }
    return process
  }

  /// Everything up to the end of the stream; checks now and then for Ctrl-C.
  private static func read(_ descriptor: Int32, of process: pid_t) -> [UInt8] {
    var (bytes, block): ([UInt8], [UInt8]) = ([], Array(repeating: 0, count: 1 << 16))
    while true {
      if InterruptSignal.isRaised { kill(process, SIGKILL) }
      var stream = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&stream, 1, 100) > 0 else { continue }
      let count = Glibc.read(descriptor, &block, block.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return bytes }
      bytes += block[..<count]
    }
  }
}

/// A process that could not be started, or that crashed.
struct ProcessFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}
