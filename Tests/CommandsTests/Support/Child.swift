import Exchange
import FoundationEssentials
import Glibc
import Isolation

/// The program `advlab` as a process of its own.
struct Child {
  /// Where a stream of the process leads.
  enum Stream {
    /// To a file whose text is given back.
    case captured
    /// To a file or device.
    case path(String)
    /// To an open descriptor.
    case descriptor(Int32)
    /// Nowhere: it is closed.
    case closed
  }

  /// How a process ended.
  struct Ending {
    /// The exit code, or minus the number of the signal that killed it.
    let code: Int32
    let output: String
    let errors: String
  }

  /// The built program beside the tests; nil where it was not built.
  static let program: String? = {
    guard let tests = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else { return nil }
    let path = tests.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/advlab"
    return access(path, X_OK) == 0 ? path : nil
  }()

  /// What the suites that need it say when they are skipped.
  static let explanation = "there is no program advlab beside the tests; build it first"

  let identifier: pid_t
  let directory: ScratchDirectory
  private let output: String?
  private let errors: String?

  /// Starts the program in a directory, with what ships with the lab as its data.
  static func start(
    _ arguments: [String], in directory: ScratchDirectory, output: Stream = .captured, errors: Stream = .captured,
    environment: [String: String] = [:]
  ) throws -> Child {
    guard let program else { throw ScratchFailure(explanation) }
    return try start(
      program: program, arguments, in: directory, output: output, errors: errors, environment: environment)
  }

  /// Runs the program to its end.
  static func run(
    _ arguments: String..., in directory: ScratchDirectory, output: Stream = .captured, errors: Stream = .captured,
    environment: [String: String] = [:]
  ) throws -> Ending {
    try start(arguments, in: directory, output: output, errors: errors, environment: environment).wait()
  }

  /// Runs a line of the shell in which `$0` is the program.
  static func shell(_ line: String, in directory: ScratchDirectory) throws -> Ending {
    guard let program else { throw ScratchFailure(explanation) }
    return try start(program: "/bin/sh", ["-c", line, program], in: directory).wait()
  }

  private static func start(
    program: String, _ arguments: [String], in directory: ScratchDirectory, output: Stream = .captured,
    errors: Stream = .captured, environment: [String: String] = [:]
  ) throws -> Child {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    let name = "\(directory.path)/stream-\(UInt32.random(in: 0 ... .max))"
    let captures = [(STDOUT_FILENO, output, "\(name)-out"), (STDERR_FILENO, errors, "\(name)-err")].map {
      redirect($0.0, $0.1, $0.2, &actions)
    }
    let variables = ProcessInfo.processInfo.environment
      .merging(["ADVLAB_DATA": SampleFiles.data]) { $1 }.merging(environment) { $1 }
    var identifier: pid_t = 0
    // The shell changes the directory and then becomes the program.
    let command = ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", directory.path, program] + arguments
    let code = withStrings(command) { arguments in
      withStrings(variables.map { "\($0)=\($1)" }) { variables in
        withUnblockedSignals { posix_spawn(&identifier, "/bin/sh", &actions, $0, arguments, variables) }
      }
    }
    guard code == 0 else { throw ScratchFailure("posix_spawn \(program): \(code)") }
    return Child(identifier: identifier, directory: directory, output: captures[0], errors: captures[1])
  }

  private static func redirect(
    _ descriptor: Int32, _ stream: Stream, _ file: String, _ actions: inout posix_spawn_file_actions_t
  ) -> String? {
    switch stream {
    case .captured:
      posix_spawn_file_actions_addopen(&actions, descriptor, file, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
      return file
    case .path(let path): posix_spawn_file_actions_addopen(&actions, descriptor, path, O_WRONLY | O_NOCTTY, 0)
    case .descriptor(let source): posix_spawn_file_actions_adddup2(&actions, source, descriptor)
    case .closed: posix_spawn_file_actions_addclose(&actions, descriptor)
    }
    return nil
  }

  /// What it has written on standard output up to now.
  var outputSoFar: String { Self.text(output) }

  /// The most memory it has had up to now, in bytes; 0 once it has ended. (What `wait4` tells begins with the memory of
  /// whoever started the process.)
  var peakMemory: Int {
    let status = Self.text("/proc/\(identifier)/status")
    return status.firstMatch(of: /VmHWM:\s*(\d+) kB/).flatMap { Int($0.1) }.map { $0 << 10 } ?? 0
  }

  /// The processes it has started and that live.
  var children: [pid_t] {
    Self.text("/proc/\(identifier)/task/\(identifier)/children").split(separator: " ").compactMap { pid_t($0) }
  }

  func send(_ signal: Int32) { kill(identifier, signal) }

  /// Waits for the end; a process that takes minutes hangs, and is killed. A terminal is read meanwhile, because it
  /// holds up who writes to it once it is full.
  func wait(at terminal: PseudoTerminal? = nil) throws -> Ending {
    var status: Int32 = 0
    try look(for: "the end of the process") {
      terminal?.update()
      return waitpid(identifier, &status, WNOHANG) == identifier
    }
    terminal?.update()
    let signal = status & 0x7F
    return Ending(
      code: signal == 0 ? (status >> 8) & 0xFF : -signal, output: Self.text(output), errors: Self.text(errors))
  }

  /// Whether it has ended; `wait` then says how.
  var hasEnded: Bool {
    var information = siginfo_t()
    // Nothing is entered while it runs.
    return waitid(P_PID, id_t(identifier), &information, WEXITED | WNOHANG | WNOWAIT) == 0
      && information.si_signo == SIGCHLD
  }

  /// Looks again and again until something holds of the process; one that has ended will not get there.
  func poll(_ what: String, until holds: () -> Bool) throws {
    var isTooLate = false
    try look(for: what) {
      let hasEnded = hasEnded
      // What it did last counts too.
      if holds() { return true }
      isTooLate = hasEnded
      return hasEnded
    }
    guard isTooLate else { return }
    let ending = try wait()
    throw ScratchFailure("the process ended before \(what), with \(ending.code): \(ending.output)\(ending.errors)")
  }

  private func look(for what: String, until holds: () -> Bool) throws {
    for _ in 0..<24_000 {
      if holds() { return }
      usleep(5000)
    }
    kill(identifier, SIGKILL)
    throw ScratchFailure("waited two minutes for \(what)")
  }

  private static func text(_ path: String?) -> String {
    path.flatMap { FileManager.default.contents(atPath: $0) }.map { String(decoding: $0, as: UTF8.self) } ?? ""
  }
}
