/// One function per command; `_arguments` does the work.
func zshScript(for program: CommandDescription) -> String {
  """
  #compdef \(program.commandName)

  \(program.tree.map(function).joined(separator: "\n"))
  if [[ "$funcstack[1]" == '\(functionName(program))' ]]; then
    \(functionName(program)) "$@"
  else
    compdef \(functionName(program)) \(program.commandName.quoted(for: .zsh))
  fi

  """
}

private func functionName(_ command: CommandDescription) -> String {
  "_" + command.pathText.shellIdentifier
}

private func function(for command: CommandDescription) -> String {
  let isGroup = !command.subcommands.isEmpty
  var specifications = command.completable.flatMap(specifications)
  if isGroup { specifications += ["'1: :->command'", "'*:: :->arguments'"] }
  let call = ([isGroup ? "_arguments -C" : "_arguments -s -S"] + specifications).joined(separator: " \\\n    ")
  return """
    \(functionName(command))() {
      local context state state_descr line
      typeset -A opt_args
      \(call)
    \(isGroup ? dispatch(command) : "")}

    """
}

/// Offers the subcommands, or hands over to the one that was typed.
private func dispatch(_ command: CommandDescription) -> String {
  let subcommands = command.visibleSubcommands
  let names =
    subcommands.map { "\($0.commandName.escaping(":\\")):\($0.abstract)" } + ["help:Show subcommand help information."]
  let cases = subcommands.map { subcommand in
    let spellings = ([subcommand.commandName] + subcommand.aliases).map { $0.quoted(for: .zsh) }
    return "\(spellings.joined(separator: "|"))) \(functionName(subcommand)) ;;"
  }
  return """
      local -a commands=(
    \(names.map { "    " + $0.quoted(for: .zsh) }.joined(separator: "\n"))
      )
      case "$state" in
        command) _describe 'subcommand' commands ;;
        arguments)
          case "${words[1]}" in
    \((cases + ["'help') _describe 'subcommand' commands ;;"]).map { "        " + $0 }.joined(separator: "\n"))
          esac
          ;;
      esac

    """
}

/// One `_arguments` specification per name, each excluding the other names.
private func specifications(of argument: ArgumentDescription) -> [String] {
  let action = argument.completion.zshAction
  let message = argument.valueName.escaping(":\\")
  switch argument.kind {
  case .positional:
    let count = argument.isRepeating ? "*:" : argument.isOptional ? "::" : ":"
    return ["\(count)\(message):\(action)".quoted(for: .zsh)]
  case .option, .flag:
    let value = argument.kind == .option ? ":\(message):\(action)" : ""
    let others = argument.names.map(\.description).joined(separator: " ")
    return argument.names.map { name in
      // The value may follow in the same word after "=", or at once where "+" says so.
      let assignable = argument.kind == .flag ? "" : name.isLong ? "=" : argument.isJoined ? "+" : ""
      let prefix = argument.isRepeating ? "*" : "(\(others))"
      return "\(prefix)\(name)\(assignable)[\(argument.abstract.escaping("[]:\\"))]\(value)".quoted(for: .zsh)
    }
  }
}

extension CompletionKind {
  fileprivate var zshAction: String {
    switch self {
    case .none: ""
    case .file: "_files"
    case .directory: "_files -/"
    case .listOrFile(let values):
      "{compadd -- \(values.map { $0.escaping(" ():\\") }.joined(separator: " ")); _files}"
    case .list(let values): "(\(values.map { $0.escaping(" ():\\") }.joined(separator: " ")))"
    }
  }
}
