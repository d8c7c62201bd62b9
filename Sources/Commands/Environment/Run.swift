internal import Arguments
internal import Glibc
internal import Synchronization

/// What was typed; it is recorded in every file that is written.
private let typedArguments = Mutex<[String]>([])

/// Runs the program with these arguments and returns its exit code.
public func runAdvLab(arguments: [String]) -> Int32 {
  // A file opened in place of a closed standard stream would be written to by whoever prints.
  for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 { _ = open("/dev/null", O_RDWR) }
  // Where files may not grow any further, a write that fails says so and can be reported; the signal would just end us.
  signal(SIGXFSZ, SIG_IGN)
  typedArguments.withLock { $0 = arguments }
  return Program.main(root: AdvLab.self, arguments: arguments)
}

/// The arguments of this run.
var commandArguments: [String] { typedArguments.withLock { $0 } }
