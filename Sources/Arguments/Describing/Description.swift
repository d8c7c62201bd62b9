/// Everything that help, usage, diagnostics, completion and the JSON dump say about one argument.
///
/// All of them render this value, so they cannot disagree.
package struct ArgumentDescription: Equatable, Encodable, Sendable {
  package enum Kind: String, Encodable, Sendable {
    case positional, option, flag
  }

  package var kind: Kind
  package var names: [Name] = []
  /// Whether the short form may carry its value: `-n5`.
  package var isJoined = false
  package var valueName = ""
  package var abstract = ""
  package var allValues: [String] = []
  package var defaultValue: String?
  package var isOptional = false
  package var isRepeating = false
  package var isNumeric = false
  /// The second name of the flag described just before.
  package var isInverse = false
  package var shouldDisplay = true
  /// Whether it is explained on a further page of help, and not in the help of the command.
  package var isInTopics = false
  package var sectionTitle = ""
  package var completion = CompletionKind.none

  /// The name that diagnostics use: the long one where there is one.
  package var preferredName: Name? { names.first(where: \.isLong) ?? names.first }
}

/// A name with its dashes.
package enum Name: Hashable, Encodable, Sendable, CustomStringConvertible {
  case long(String), short(Character)

  package var description: String {
    switch self {
    case .long(let name): "--" + name
    case .short(let character): "-" + String(character)
    }
  }

  var isLong: Bool {
    switch self {
    case .long: true
    case .short: false
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

/// What a shell offers for a value.
package enum CompletionKind: Equatable, Encodable, Sendable {
  case none, file, directory
  case list([String])
  /// One of the words, or a file.
  case listOrFile([String])

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .none: try container.encode("none")
    case .file: try container.encode("file")
    case .directory: try container.encode("directory")
    case .list: try container.encode("list")
    case .listOrFile: try container.encode("listOrFile")
    }
  }
}

/// A command with its arguments and subcommands, all the way down.
package struct CommandDescription: Encodable, Sendable {
  package var superCommands: [String]
  package var commandName: String
  package var aliases: [String]
  package var abstract: String
  package var discussion: String
  package var shouldDisplay: Bool
  package var isDefault = false
  package var sectionTitle = ""
  package var arguments: [ArgumentDescription]
  /// `--version` and `--help`; part of the help screen and of completion, but not of the usage.
  package var builtIns: [ArgumentDescription]
  package var subcommands: [CommandDescription]

  package var path: [String] { superCommands + [commandName] }
}

extension CommandDescription {
  init(_ path: CommandPath) {
    let configuration = path.last.configuration
    superCommands = path.names.dropLast()
    commandName = path.last.name
    aliases = configuration.aliases
    abstract = configuration.abstract
    discussion = configuration.discussion
    shouldDisplay = !configuration.isHidden
    arguments = Schema(path.last.init()).entries.map(\.description)
    builtIns = Schema(builtIns: BuiltInOptions(), of: path).entries.map(\.description)
    let sections =
      [("", configuration.subcommands)] + configuration.groupedSubcommands.map { ($0.name, $0.subcommands) }
    subcommands = sections.flatMap { title, types in
      types.map { type in
        var description = CommandDescription(path.appending(type))
        description.sectionTitle = title
        description.isDefault = configuration.defaultSubcommand.map { $0 == type } ?? false
        return description
      }
    }
  }
}
