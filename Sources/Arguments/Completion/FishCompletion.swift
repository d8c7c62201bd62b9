/// One `complete` line per name and subcommand, each under the condition that its command was typed.
func fishScript(for program: CommandDescription) -> String {
  let condition = "__\(program.commandName.shellIdentifier)_command_is"
  let cases = program.tree.flatMap { command in
    command.visibleSubcommands.map { subcommand in
      let spellings = ([subcommand.commandName] + subcommand.aliases).map { "\(command.pathText) \($0)".fishQuoted }
      return "      case \(spellings.joined(separator: " "))\n        set command \(subcommand.pathText.fishQuoted)"
    }
  }
  let completions = program.tree.flatMap { command in
    let start =
      "complete -c \(program.commandName.fishQuoted) -n \("\(condition) \(command.pathText.fishQuoted)".fishQuoted)"
    return lines(for: command).map { "\(start) \($0)" }
  }
  return """
    # fish completion for \(program.commandName)

    function \(condition)
      set -l words (commandline -opc)
      set -e words[1]
      set -l command \(program.commandName.fishQuoted)
      for word in $words
        switch "$command $word"
    \(cases.map { $0.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n") }.joined(separator: "\n"))
        end
      end
      test "$command" = "$argv[1]"
    end

    complete -c \(program.commandName.fishQuoted) -f
    \(completions.joined(separator: "\n"))

    """
}

private func lines(for command: CommandDescription) -> [String] {
  let subcommands = command.visibleSubcommands.map { "-a \($0.commandName.fishQuoted)\(text($0.abstract))" }
  let help = subcommands.isEmpty ? [] : ["-a help\(text("Show subcommand help information."))"]
  return subcommands + help + command.completable.compactMap(line)
}

private func line(for argument: ArgumentDescription) -> String? {
  let names = argument.names.map { name in
    switch name {
    case .long(let long): "-l \(long.fishQuoted) "
    case .short(let character): "-s \(String(character).fishQuoted) "
    }
  }.joined()
  switch argument.kind {
  case .flag: return names.dropLast() + text(argument.abstract)
  case .option: return names + argument.completion.fishAction(required: true) + text(argument.abstract)
  case .positional:
    return argument.completion == .none
      ? nil : argument.completion.fishAction(required: false) + text(argument.abstract)
  }
}

private func text(_ abstract: String) -> String {
  abstract.isEmpty ? "" : " -d \(abstract.fishQuoted)"
}

extension CompletionKind {
  /// `-r` says that the option needs a value, `-F` allows files, `-f` forbids them.
  fileprivate func fishAction(required: Bool) -> String {
    let needs = required ? "-r " : ""
    return switch self {
    case .none: needs + "-f"
    case .file: needs + "-F"
    case .directory: needs + "-f -a '(__fish_complete_directories)'"
    case .list(let values): needs + "-f -a \(values.joined(separator: " ").fishQuoted)"
    case .listOrFile(let values): needs + "-F -a \(values.joined(separator: " ").fishQuoted)"
    }
  }
}

extension String {
  fileprivate var fishQuoted: String { quoted(for: .fish) }
}
