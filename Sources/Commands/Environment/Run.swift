internal import Arguments
internal import CKernels
internal import Glibc
internal import Synchronization

/// What was typed; it is recorded in every file that is written. Nil where this process is not the program, but one that
/// uses its commands.
private let typedArguments = Mutex<[String]?>(nil)

/// Runs the program with the words of its command line and returns its exit code.
public func runAdvLab() -> Int32 {
  let words = (0..<advlab_argument_count()).map { advlab_argument($0).map { String(validatingCString: $0) } ?? nil }
  guard words.count > 0 else {
    StandardStream.error.write("Error: the system does not tell what was typed\n")
    return ExitCode.failure.rawValue
  }
  // Decoding would change a file name that is not UTF-8, and another file would be read or written.
  if let index = words.dropFirst().firstIndex(of: nil), let word = advlab_argument(Int32(index)) {
    StandardStream.error.write("Error: argument \(index) is not UTF-8: '\(String(cString: word).printable)'\n")
    return ExitCode.usage.rawValue
  }
  return runAdvLab(arguments: words.dropFirst().compactMap(\.self))
}

/// Runs the program with these arguments and returns its exit code.
public func runAdvLab(arguments: [String]) -> Int32 {
  // Where a standard stream is closed, the next file that is opened takes its number, and prints would go into that file.
  for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 { _ = open("/dev/null", O_RDWR) }
  // At the limit of file size a write then fails with an error that can be reported; the signal would end the process.
  signal(SIGXFSZ, SIG_IGN)
  InterruptSignal.install()
  // Memory that one pass frees is used again by the next; returned to the system, every page would have to be cleared again.
  advlab_keep_freed_memory()
  typedArguments.withLock { $0 = arguments }
  return Launch.run(arguments) { Program.main(root: AdvLab.self, arguments: arguments) }
}

/// The arguments of this run.
var commandArguments: [String] { typedArguments.withLock { $0 } ?? [] }

/// Whether this process is the program, and not one that uses its commands.
var isProgram: Bool { typedArguments.withLock { $0 != nil } }

/// The path of the program; nil where this process is another one, or where the system does not tell.
var programPath: String? { isProgram ? executablePath : nil }
