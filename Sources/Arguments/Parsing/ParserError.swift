/// Why a command line cannot be read. `Diagnostics` puts it into words.
package enum ParserError: Error, Equatable {
  case unknownOption(String)
  case unknownSubcommand(String)
  case missingValue(ArgumentDescription, Name)
  case invalidValue(ArgumentDescription, Name?, value: String, reason: String?)
  case valueForFlag(Name, value: String)
  case repeatedOption(Name)
  case exclusiveFlags(Name, earlier: Name)
  case unexpectedWords([String])
  /// One argument, or the flags of which one is needed.
  case missing([ArgumentDescription])
}

/// An error with the command it belongs to: a `ParserError`, or what the command itself threw from `validate()`.
package struct CommandError: Error {
  package let path: CommandPath
  package let cause: any Error
}
