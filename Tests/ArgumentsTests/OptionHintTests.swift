import Arguments
import Testing

@Suite struct OptionHintTests {
  private struct Tool: Command {
    static let configuration = CommandConfiguration(
      subcommands: [Work.self],
      optionHints: [
        "epsilon": .called(["radius", "eps"]), "workers": .called(["threads"]), "plot": .remark("There are no plots."),
        "n": .called(["count"]),
      ])
  }

  private struct Work: Command {
    static let configuration = CommandConfiguration(optionHints: ["figure": .remark("Not here.")])
    @Option var eps = 0.1
    @Option var count = 1
  }

  private func error(_ option: String) -> String {
    let output = Program.execute(root: Tool.self, arguments: ["work", option, "1"], columns: 80).errorOutput
    return output.split(separator: "\n").first.map(String.init) ?? ""
  }

  @Test(arguments: [
    ("--epsilon", ". Did you mean '--eps'?"), ("--EPSILON", ". Did you mean '--eps'?"),
    ("-epsilon", ". Did you mean '--eps'?"), ("-n", ". Did you mean '--count'?"),
    ("--plot", ". There are no plots."), ("--figure", ". Not here."),
    // It has no option of that name, and none is near.
    ("--workers", ""),
    // What is known by its letters alone.
    ("--cuont", ". Did you mean '--count'?"), ("--COUNT", ". Did you mean '--count'?"),
  ])
  func whatOthersCallIt(option: String, hint: String) {
    #expect(error(option) == "Error: Unknown option '\(option)'\(hint)")
  }
}
