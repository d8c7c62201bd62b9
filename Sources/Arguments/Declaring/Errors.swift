/// A command line that can be parsed but is not valid: printed with the usage, exit code 64.
package struct ValidationError: Error, CustomStringConvertible, Equatable {
  package let description: String

  package init(_ description: String) {
    self.description = description
  }
}

/// Ends a command early without failure.
package enum CleanExit: Error, Equatable {
  /// Prints the text on standard output.
  case message(String)
  /// Prints the help of the command that throws it.
  case helpRequest
}

/// Ends a command with an exit code and no message.
package struct ExitCode: Error, Equatable {
  package let rawValue: Int32

  package init(_ rawValue: Int32) {
    self.rawValue = rawValue
  }

  package static let success = ExitCode(0)
  package static let failure = ExitCode(1)
  /// `EX_USAGE` of sysexits.h.
  package static let usage = ExitCode(64)
  /// `EX_CANTCREAT` of sysexits.h.
  package static let cannotWrite = ExitCode(73)
}

/// An error that decides the exit code of the program; any other error thrown by `run()` is 1.
package protocol ExitCodeProviding: Error {
  var exitCode: Int32 { get }
}
