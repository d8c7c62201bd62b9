internal import Arguments

/// `advlab notebook run`: the same, and pages are made to show it.
struct NotebookRunCommand: Command {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Run the commands of pages and write what they print into the pages.",
    discussion: """
      The lines that a page shows are replaced by those that are printed in their place, and pictures by those that were \
      made; everything else stays. Numbers that were replaced and still stand in the prose are listed.

      EXAMPLES:
        advlab notebook run Notebooks-md/06-first-attack.md
      """)

  init() {}

  var pages = NotebookOptions()

  func run() throws { try pages.run(writing: true) }
}
