import Arguments
import Testing

/// A command with options that are listed.
private struct Listed: Command {
  struct Group: OptionGroup {
    static let title = "Listed"
    let list = OptionList([
      .init(name: "steps", help: "The number of steps.", valueName: "steps", isNumeric: true) { Int($0) != nil },
      .init(name: "early-stop", help: "Stop early.", valueName: "", isFlag: true) { _ in true },
      .init(name: "loss", help: "The loss.", valueName: "loss", allValues: ["margin", "dlr"]) { $0 != "foo" },
    ])
  }

  static let configuration = CommandConfiguration(
    commandName: "listed", abstract: "A command.",
    topics: [
      HelpTopic(name: "pgd", overview: "OVERVIEW: PGD.", rows: [("--steps <steps>", "Steps.")], remark: "No more."),
      HelpTopic(name: "noise", overview: "The attack.", rows: [], remark: ""),
      HelpTopic(name: "noise", overview: "The preprocessor.", rows: [], remark: ""),
    ])

  init() {}
  var group = Group()
  @Flag var other: Bool

  func run() {}
}

@Suite struct OptionListTests {
  private struct Root: Command {
    static let configuration = CommandConfiguration(commandName: "root", subcommands: [Listed.self])
    init() {}
  }

  private func given(_ words: String...) throws -> [String] {
    guard case .run(let command, _) = try Parser(root: Root.self).parse(["listed"] + words),
      let command = command as? Listed
    else { return [] }
    return command.group.list.given.map { "\($0.name)=\($0.value)" }
  }

  private func output(_ words: String...) -> Termination {
    Program.execute(root: Root.self, arguments: words, columns: 80)
  }

  @Test func whatIsGivenIsKeptInTheOrderOfTheList() throws {
    #expect(try given() == [])
    #expect(try given("--loss", "dlr", "--other", "--steps=-3") == ["steps=-3", "loss=dlr"])
    #expect(try given("--early-stop") == ["early-stop=true"])
    #expect(try given("--no-early-stop") == ["early-stop=false"])
  }

  @Test func wordsThatAreNoValuesAreRefused() {
    let ending = output("listed", "--steps", "x")
    #expect(ending.exitCode == 64)
    #expect(ending.errorOutput.contains("The value 'x' is invalid for '--steps <steps>'"))
    #expect(output("listed", "--loss", "foo").errorOutput.contains("'margin' and 'dlr'"))
  }

  /// Each is an option of its own: it may be given once, beside others.
  @Test func givenTwiceIsAnError() {
    #expect(output("listed", "--steps", "1", "--steps", "2").errorOutput.contains("can be given only once"))
    #expect(output("listed", "--early-stop", "--no-early-stop").exitCode == 64)
    #expect(output("listed", "--steps", "1", "--loss", "dlr").exitCode == 0)
  }

  @Test func helpAndSuggestionsKnowThem() {
    let help = output("listed", "--help").output
    #expect(help.contains("LISTED:"))
    #expect(help.contains("--early-stop/--no-early-stop"))
    #expect(output("listed", "--stepz", "3").errorOutput.contains("Did you mean '--steps'?"))
  }

  /// What is given again replaces what was, option by option.
  @Test func anEarlierCommandLineIsMergedOptionByOption() throws {
    let words = try Parser.merging(
      ["--steps", "9"], over: ["--steps", "3", "--loss", "dlr", "--no-early-stop"], dropping: [], for: Listed.self)
    #expect(Set(words) == ["--steps=9", "--loss=dlr", "--no-early-stop"])
  }

  @Test func helpTellsMoreAboutATopic() {
    #expect(output("help", "listed", "PGD").output.hasPrefix("OVERVIEW: PGD.\n\nOPTIONS:\n  --steps <steps>"))
    #expect(output("help", "listed", "noise").output == "The attack.\n\nThe preprocessor.\n")
    #expect(output("help", "listed", "nothing").exitCode == 64)
  }
}
