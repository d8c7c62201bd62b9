import Glibc

/// Parses a command line, runs the command and decides on the exit code.
package enum Program {
  /// Runs the program; `arguments` are the words after its name.
  package static func main(root: any Command.Type, arguments: [String]) -> Int32 {
    // A reader that closes the pipe (`advlab help | head -1`) makes a write fail; it must not kill the program.
    signal(SIGPIPE, SIG_IGN)
    let termination = execute(root: root, arguments: arguments, columns: terminalColumns)
    let isWritten = StandardStream.output.write(termination.output)
    StandardStream.error.write(termination.errorOutput.printable)
    guard isWritten || termination.exitCode != 0 else {
      // A result that went to a full disk is not a success.
      StandardStream.error.write("Error: cannot write to standard output\n")
      return ExitCode.cannotWrite.rawValue
    }
    return termination.exitCode
  }

  /// Everything but the printing of help and errors. What a command prints, it prints while it runs.
  package static func execute(root: any Command.Type, arguments: [String], columns: Int) -> Termination {
    do {
      let request = try Parser(root: root).parse(arguments)
      return try Termination(fulfilling: request, root: root, columns: columns)
    } catch let error as CommandError {
      if arguments.isEmpty, let problem = error.cause as? ParserError {
        return Termination(withoutArguments: problem, at: error.path, columns: columns)
      }
      return Termination(of: error.cause, at: error.path, columns: columns)
    } catch {
      return Termination(of: error, at: CommandPath(root: root), columns: columns)
    }
  }

  /// `COLUMNS`, else the width of the terminal, else 80.
  private static var terminalColumns: Int {
    if let text = getenv("COLUMNS"), let columns = Int(String(cString: text)), columns > 0 { return columns }
    var size = winsize()
    let isTerminal = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0
    return isTerminal && size.ws_col > 0 ? Int(size.ws_col) : 80
  }
}
