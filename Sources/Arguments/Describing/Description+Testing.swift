extension ArgumentDescription {
  /// A description without a declaration.
  package static func sample(_ kind: Kind, _ names: [Name] = [], change: (inout Self) -> Void = { _ in }) -> Self {
    var description = ArgumentDescription(kind: kind, names: names)
    change(&description)
    return description
  }
}

extension CommandDescription {
  /// A description without a command type.
  package static func sample(_ name: String, _ arguments: [ArgumentDescription]) -> Self {
    CommandDescription(
      superCommands: [], commandName: name, aliases: [], abstract: "", discussion: "", shouldDisplay: true,
      arguments: arguments, builtIns: [], subcommands: [])
  }
}
