/// A command, or a group of commands when its configuration names subcommands.
///
/// Arguments are stored properties with `@Option`, `@Flag` or `@Argument`, or option groups that hold such properties.
/// A group declares no arguments of its own; without further words it prints its help.
package protocol Command: SendableMetatype {
  static var configuration: CommandConfiguration { get }
  init()
  /// Checks the values together; throw `ValidationError` to reject the command line with exit code 64.
  mutating func validate() throws
  mutating func run() throws
}

extension Command {
  package mutating func validate() throws {}
  package mutating func run() throws { throw CleanExit.helpRequest }

  static var name: String {
    configuration.commandName ?? String(describing: Self.self).kebabCased
  }
}

/// Arguments shared by several commands: a struct that a command stores in a plain property.
package protocol OptionGroup {
  /// Headline of the group's own section in help; empty for the general section.
  static var title: String { get }
  init()
  func validate() throws
}

extension OptionGroup {
  package static var title: String { "" }
  package func validate() throws {}
}

/// Name, help texts and subcommands of a command: everything but its arguments.
package struct CommandConfiguration: Sendable {
  /// The type's name in kebab case when `nil`.
  package var commandName: String?
  package var abstract: String
  /// Further paragraphs of the help screen's overview.
  package var discussion: String
  /// Shown by `--version`, here and in all subcommands that have none of their own.
  package var version: String
  /// What `--version --verbose` shows below it: labelled values.
  package var versionDetails: @Sendable () -> [(label: String, text: String)]
  package var isHidden: Bool
  package var subcommands: [any Command.Type]
  /// Further subcommands, each group in a help section of its own.
  package var groupedSubcommands: [SubcommandGroup]
  /// Takes over when the next word names no subcommand.
  package var defaultSubcommand: (any Command.Type)?
  package var aliases: [String]
  /// The names that other tools give to options, without dashes, each with a hint; here and in all subcommands.
  package var optionHints: [String: OptionHint]
  /// Further pages of help, shown when `help` is given their name after that of the command.
  package var topics: [HelpTopic]

  package init(
    commandName: String? = nil, abstract: String = "", discussion: String = "", version: String = "",
    versionDetails: @escaping @Sendable () -> [(label: String, text: String)] = { [] },
    isHidden: Bool = false, subcommands: [any Command.Type] = [], groupedSubcommands: [SubcommandGroup] = [],
    defaultSubcommand: (any Command.Type)? = nil, aliases: [String] = [], optionHints: [String: OptionHint] = [:],
    topics: [HelpTopic] = []
  ) {
    self.commandName = commandName
    self.abstract = abstract
    self.discussion = discussion
    (self.version, self.versionDetails) = (version, versionDetails)
    self.isHidden = isHidden
    self.subcommands = subcommands
    self.groupedSubcommands = groupedSubcommands
    self.defaultSubcommand = defaultSubcommand
    self.aliases = aliases
    self.optionHints = optionHints
    self.topics = topics
  }

  var allSubcommands: [any Command.Type] { subcommands + groupedSubcommands.flatMap(\.subcommands) }
}

/// A hint for an option that only other tools have.
package enum OptionHint: Equatable, Sendable {
  /// The name of the option here, without dashes: the first of these that the command has.
  case called([String])
  /// A sentence on what to use instead.
  case remark(String)
}

/// Subcommands under a headline of their own.
package struct SubcommandGroup: Sendable {
  package var name: String
  package var subcommands: [any Command.Type]

  package init(name: String, subcommands: [any Command.Type]) {
    self.name = name
    self.subcommands = subcommands
  }
}
