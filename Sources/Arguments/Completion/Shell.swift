/// A shell for which a completion script can be written.
package enum Shell: String, CaseIterable, ArgumentValue, Sendable {
  case bash, zsh, fish

  package func completionScript(for program: CommandDescription) -> String {
    switch self {
    case .bash: bashScript(for: program)
    case .zsh: zshScript(for: program)
    case .fish: fishScript(for: program)
    }
  }
}

extension CommandDescription {
  /// This command and all below it that are shown, parents first.
  var tree: [CommandDescription] { [self] + visibleSubcommands.flatMap(\.tree) }

  var visibleSubcommands: [CommandDescription] { subcommands.filter(\.shouldDisplay) }

  /// What can be completed: the arguments that are shown.
  var completable: [ArgumentDescription] { (arguments + builtIns).filter(\.shouldDisplay) }

  var pathText: String { path.joined(separator: " ") }
}

extension String {
  /// One word for any of the shells, in single quotes. Fish alone reads backslashes between single quotes.
  func quoted(for shell: Shell) -> String {
    switch shell {
    case .bash, .zsh:
      "'" + split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
    case .fish:
      "'" + escaping(#"\'"#) + "'"
    }
  }

  /// Puts a backslash before each of the characters.
  func escaping(_ characters: String) -> String {
    String(flatMap { characters.contains($0) ? ["\\", $0] : [$0] })
  }

  /// Letters, digits and underscores, for the name of a shell function.
  var shellIdentifier: String {
    String(map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
  }
}
