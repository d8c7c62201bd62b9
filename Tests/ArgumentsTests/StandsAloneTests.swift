import Arguments
import Testing

/// A flag beside which nothing needs to be given.
@Suite struct StandsAloneTests {
  private struct Work: Command {
    static let configuration = CommandConfiguration(commandName: "work")

    @Option var needed: Int
    @Flag(standsAlone: true) var list: Bool

    init() {}

    func validate() throws { throw ValidationError("never right") }
    func run() throws { throw CleanExit.message(list ? "listed" : "worked") }
  }

  private func ending(_ words: String...) -> Termination {
    Program.execute(root: Work.self, arguments: words, columns: 80)
  }

  @Test func nothingElseIsAskedFor() {
    #expect(ending("--list").output == "listed\n")
    #expect(ending("--list", "--needed", "3").output == "listed\n")
  }

  @Test func withoutItEverythingIs() {
    #expect(ending("--needed", "3").errorOutput.contains("never right"))
    #expect(ending().exitCode == 64)
  }

  /// What is no option, or no value, is an error all the same.
  @Test func whatCannotBeReadIsAnError() {
    #expect(ending("--list", "--what").exitCode == 64)
    #expect(ending("--list", "--needed", "x").exitCode == 64)
  }
}
