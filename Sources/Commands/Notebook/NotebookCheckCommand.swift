internal import Arguments

/// `advlab notebook check`: whether pages show what their commands print.
struct NotebookCheckCommand: Command {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Run the commands of pages and compare what they print with what the pages show.",
    discussion: """
      Exit code 2 where something differs, 1 where a command failed.

      EXAMPLES:
        advlab notebook check Notebooks-md/06-first-attack.md
        advlab notebook check a.md b.md --given mnist/=data/mnist --python python3
      """)

  init() {}

  var pages = NotebookOptions()

  func run() throws { try pages.run(writing: false) }
}
