internal import Arguments

/// `advlab notebook`: Markdown pages whose commands run.
struct NotebookCommand: Command {
  static let configuration = CommandConfiguration(
    commandName: "notebook",
    abstract: "Run the commands of Markdown pages, and keep what the pages show of their output true.",
    discussion: """
      A block of `sh` is run in a scratch directory, one for each page, with a copy of the shipped Data/ and `advlab` on the \
      path. A block without a language is output of the commands before it: each of its lines must be printed, in their \
      order; lines may be left out. Times and rates are never compared.

      What a page has to say to this command stands in comments before a block, which readers do not see:
        <!-- notebook: skip -->            it is not run, nor is output that follows compared
        <!-- notebook: needs mnist/ -->    data for what follows up to the next heading (see --given)
        <!-- notebook: tolerance 2 -->     percentages may differ by 2 points, other numbers by a fifth
        <!-- notebook: instead COMMANDS --> run in place of the block
        <!-- notebook: run COMMANDS -->    run before it
        <!-- notebook: shows COMMANDS -->  print the output that follows
        <!-- notebook: produces COMMANDS --> print the rows of the table that follows; a first line may state a tolerance
        <!-- notebook: picture FILE -->    the picture that follows is this file, which commands before it wrote

      Commands of comments have two more on their path: `accuracies ARGUMENTS` prints clean and robust accuracy of \
      'advlab attack', and `percent KEY` a fraction of the JSON object that it reads.
      """,
    subcommands: [NotebookRunCommand.self, NotebookCheckCommand.self])

  init() {}
}
