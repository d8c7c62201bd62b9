internal import Arguments
internal import CKernels
internal import Glibc
internal import Synchronization

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// What was typed; it is recorded in every file that is written. Nil where this process is not the program, but one that
/// uses its commands.
private let typedArguments = Mutex<[String]?>(nil)

/// Runs the program with these arguments and returns its exit code.
public func runAdvLab(arguments: [String]) -> Int32 {
  // A file opened in place of a closed standard stream would be written to by whoever prints.
  for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 { _ = open("/dev/null", O_RDWR) }
  // Where files may not grow any further, a write that fails says so and can be reported; the signal would just end us.
  signal(SIGXFSZ, SIG_IGN)
  // What a pass frees the next one takes: given back to the system, every page would have to be cleared again.
  advlab_keep_freed_memory()
  typedArguments.withLock { $0 = arguments }
  return Program.main(root: AdvLab.self, arguments: arguments)
}

/// The arguments of this run.
var commandArguments: [String] { typedArguments.withLock { $0 } ?? [] }

/// The path of the program; nil where this process is another one, or where the system does not tell.
let programPath: String? = typedArguments.withLock { $0 }.flatMap { _ in
  try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
}
