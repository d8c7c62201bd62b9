extension ArgumentDescription {
  /// `--kind <kind>`, `--json` or `<path>`, under the name that was typed where that is known.
  func label(as typed: Name? = nil) -> String {
    switch kind {
    case .positional: "<\(valueName)>"
    case .flag: (typed ?? preferredName)?.description ?? ""
    case .option: "\((typed ?? preferredName)?.description ?? "") <\(valueName)>"
    }
  }

  /// The label as it is asked for when it is missing: `<values> ...`.
  var requiredSynopsis: String { label() + (isRepeating ? " ..." : "") }

  var synopsis: String { isOptional ? "[\(requiredSynopsis)]" : requiredSynopsis }
}

extension CommandDescription {
  /// One line: the command, its arguments, `<subcommand>` for a group. More than twelve arguments are too many to list.
  package var usage: String {
    ([path.joined(separator: " ")] + usageParts + (subcommands.isEmpty ? [] : ["<subcommand>"])).joined(separator: " ")
  }

  private var usageParts: [String] {
    let visible = arguments.filter(\.shouldDisplay)
    guard visible.count > 12 else { return visible.map(\.synopsis) }
    let needed = visible.filter { $0.kind == .positional || !$0.isOptional }
    return (1...12).contains(needed.count) ? ["[<options>]"] + needed.map(\.synopsis) : ["<options>"]
  }
}
