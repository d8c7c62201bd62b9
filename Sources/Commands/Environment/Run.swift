internal import Arguments
internal import Synchronization

/// What was typed; it is recorded in every file that is written.
private let typedArguments = Mutex<[String]>([])

/// Runs the program with these arguments and returns its exit code.
public func runAdvLab(arguments: [String]) -> Int32 {
  typedArguments.withLock { $0 = arguments }
  return Program.main(root: AdvLab.self, arguments: arguments)
}

/// The arguments of this run.
var commandArguments: [String] { typedArguments.withLock { $0 } }
