/// A function that walks the words to find the command, then the option before the cursor, then offers words.
func bashScript(for program: CommandDescription) -> String {
  let function = "_" + program.commandName.shellIdentifier
  let tree = program.tree
  return """
    # bash completion for \(program.commandName)

    \(function)() {
      local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}" command=\(program.commandName.bashQuoted)
      local i words=''
      COMPREPLY=()
      # readline takes '--name=value' apart at the equals sign
      if [[ "$cur" == '=' ]]; then
        cur=''
      elif [[ "$prev" == '=' ]]; then
        prev="${COMP_WORDS[COMP_CWORD-2]}"
      fi
      for ((i = 1; i < COMP_CWORD; i++)); do
        case "$command ${COMP_WORDS[i]}" in
    \(lines(tree.flatMap(commandCases)))
        esac
      done
      case "$command $prev" in
    \(lines(tree.flatMap(valueCases)))
      esac
      case "$command" in
    \(lines(tree.flatMap(wordCases)))
      esac
      mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$words" -- "$cur")
    }

    complete -F \(function) \(program.commandName.bashQuoted)

    """
}

private func lines(_ lines: [String]) -> String {
  // An empty `case` is allowed, an empty line in it as well.
  lines.map { "      " + $0 }.joined(separator: "\n")
}

/// The transitions from a command to its subcommands, under all their names.
private func commandCases(of command: CommandDescription) -> [String] {
  command.visibleSubcommands.map { subcommand in
    let spellings = ([subcommand.commandName] + subcommand.aliases).map { "\(command.pathText) \($0)".bashQuoted }
    return "\(spellings.joined(separator: "|"))) command=\(subcommand.pathText.bashQuoted) ;;"
  }
}

/// What to offer after an option that takes a value.
private func valueCases(of command: CommandDescription) -> [String] {
  command.completable.filter { $0.kind == .option }.map { option in
    let spellings = option.names.map { "\(command.pathText) \($0)".bashQuoted }
    let action = option.completion.bashAction.map { $0 + "; " } ?? ""
    return "\(spellings.joined(separator: "|"))) \(action)return ;;"
  }
}

/// What to offer where no value is due: options, subcommands, positional values.
private func wordCases(of command: CommandDescription) -> [String] {
  var words = command.completable.flatMap(\.names).map(\.description)
  if !command.subcommands.isEmpty { words += command.visibleSubcommands.map(\.commandName) + ["help"] }
  let positionals = command.completable.filter { $0.kind == .positional }.map(\.completion)
  for case .list(let values) in positionals { words += values }
  let files = positionals.first { $0 == .file || $0 == .directory }?.bashAction.map { "; " + $0 } ?? ""
  return ["\(command.pathText.bashQuoted)) words=\(words.joined(separator: " ").bashQuoted)\(files) ;;"]
}

extension CompletionKind {
  fileprivate var bashAction: String? {
    switch self {
    case .none: nil
    case .file: "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")"
    case .directory: "compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- \"$cur\")"
    case .list(let values):
      "mapfile -t COMPREPLY < <(compgen -W \(values.joined(separator: " ").bashQuoted) -- \"$cur\")"
    case .listOrFile(let values):
      "compopt -o filenames; "
        + "mapfile -t COMPREPLY < <(compgen -f -W \(values.joined(separator: " ").bashQuoted) -- \"$cur\")"
    }
  }
}

extension String {
  fileprivate var bashQuoted: String { quoted(for: .bash) }
}
