/// How a program ends: what is still to be printed, and the exit code.
///
/// The exit codes of all errors are decided here: 64 for the command line, what `ExitCodeProviding` says, else 1.
package struct Termination: Equatable, Sendable {
  package var output: String
  package var errorOutput: String
  package var exitCode: Int32

  package init(output: String = "", errorOutput: String = "", exitCode: Int32 = 0) {
    self.output = output
    self.errorOutput = errorOutput
    self.exitCode = exitCode
  }
}

extension Termination {
  init(fulfilling request: Request, root: any Command.Type, columns: Int) throws {
    self.init()
    switch request {
    case .run(var command, let path):
      do {
        try command.run()
      } catch {
        throw CommandError(path: path, cause: error)
      }
    case .help(let path, let includesHidden):
      output = HelpScreen(CommandDescription(path), columns: columns, includesHidden: includesHidden).text
    case .topics(let topics):
      output = topics.map { HelpScreen.text(of: $0, columns: columns) }.joined(separator: "\n")
    case .version(let version):
      output = version + "\n"
    case .completionScript(let shell):
      output = shell.completionScript(for: CommandDescription(CommandPath(root: root)))
    case .manualPage(let version):
      output = ManualPage(CommandDescription(CommandPath(root: root)), version: version).text
    case .dump(let path):
      output = try CommandDescription(path).json()
    }
  }

  init(of error: any Error, at path: CommandPath, columns: Int) {
    let diagnostics = Diagnostics(command: CommandDescription(path), hints: path.optionHints)
    switch error {
    case let problem as ParserError:
      self.init(errorOutput: diagnostics.block(for: problem), exitCode: ExitCode.usage.rawValue)
    case let rejection as ValidationError:
      self.init(errorOutput: diagnostics.block(for: rejection), exitCode: ExitCode.usage.rawValue)
    case CleanExit.message(let text):
      self.init(output: (text.isEmpty || text.hasSuffix("\n") ? text : text + "\n").printable)
    case CleanExit.helpRequest:
      self.init(output: HelpScreen(diagnostics.command, columns: columns).text)
    case let code as ExitCode:
      self.init(exitCode: code.rawValue)
    case let failure as any ExitCodeProviding:
      self.init(errorOutput: "Error: \(failure)\n", exitCode: failure.exitCode)
    default:
      self.init(errorOutput: "Error: \(error)\n", exitCode: ExitCode.failure.rawValue)
    }
  }

  /// A program without arguments prints its help.
  init(withoutArguments problem: ParserError, at path: CommandPath, columns: Int) {
    let command = CommandDescription(path)
    let message = Diagnostics(command: command).message(for: problem)
    self.init(
      errorOutput: "Error: \(message)\n\n" + HelpScreen(command, columns: columns).text,
      exitCode: ExitCode.usage.rawValue)
  }
}
