import Arguments
import Testing

@Suite struct ParserTests {
  @Test(arguments: [
    ["--help"], ["-h"], ["--version"], ["help", "stats"], ["stats"], ["add", "--foo", "--help"],
    ["stats", "--foo", "--help"], ["--help", "--version"], ["add", "--foo", "x", "-h"], ["help", "add", "-h"],
    ["stats", "nosuch", "--help"], ["add", "--version"], ["mul", "--version", "--foo"], ["--kind", "--help"],
  ])
  func succeedsOnStandardOutput(arguments: [String]) {
    let termination = Program.execute(root: Math.self, arguments: arguments, columns: 80)
    #expect(termination.exitCode == 0)
    #expect(termination.errorOutput.isEmpty)
    #expect(!termination.output.isEmpty)
  }

  /// A value that cannot be converted is an error even beside `--help`.
  @Test func valuesComeBeforeHelp() {
    #expect(Program.math("stats", "average", "--kind", "foo", "--help").exitCode == 64)
    #expect(Program.math("add", "--version", "x").exitCode == 64)
  }

  @Test func helpComesBeforeMissingArgumentsAndContradictions() {
    let help = Program.lab("convert", "--help")
    #expect(help.exitCode == 0)
    #expect(Program.lab("--help", "convert") == help)
    #expect(Program.lab("help", "convert") == help)
    #expect(Program.lab("help", "convert", "--help") == help)
    #expect(Program.lab("convert", "a", "b", "c", "--overwrite", "--no-overwrite", "-h") == help)
  }

  @Test func helpIsAWordAfterTheTerminator() throws {
    #expect(try parsed(Repeat.self, "--", "--help").phrase == "--help")
  }

  @Test func theDeepestVersionIsShown() {
    #expect(Program.math("--version").output == "1.0.0\n")
    #expect(Program.math("stats", "--version").output == "1.0.0\n")
    #expect(Program.math("stats", "average", "--version").output == "1.5.0-alpha\n")
    #expect(problem(Lab.self, "--version") == .unknownOption("--version"))
  }

  @Test func subcommandsMatchExactlyOrByAlias() {
    #expect(Program.math("multiply", "2", "3").output == "6\n")
    #expect(Program.math("mul", "2", "3").output == "6\n")
    #expect(problem(Lab.self, "att") == .unknownSubcommand("att"))
  }

  @Test func theDefaultSubcommandTakesOtherWords() {
    #expect(Program.math("2", "3").output == "5\n")
    #expect(Program.math("-x", "2").output == "2\n")
    #expect(Program.math().output == "0\n")
    #expect(Program.math("1", "--help").output.hasPrefix("OVERVIEW: A utility"))
  }

  @Test func nestedSubcommandsAreFound() {
    #expect(Program.math("stats", "average", "1", "2").output == "mean [1.0, 2.0]\n")
  }

  @Test func anUnknownOptionIsReportedRatherThanItsValue() {
    #expect(problem(Math.self, "add", "--foo", "bar") == .unknownOption("--foo"))
    #expect(problem(Repeat.self, "--foo", "bar") == .unknownOption("--foo"))
  }

  @Test func requestsAreReadAnywhere() throws {
    guard case .completionScript(.zsh) = try Parser(root: Lab.self).parse(["--generate-completion-script=zsh"]) else {
      Issue.record("no completion script")
      return
    }
    guard case .dump = try Parser(root: Lab.self).parse(["attack", "--experimental-dump-help"]) else {
      Issue.record("no dump")
      return
    }
  }

  @Test func parsingTwiceSharesNothing() throws {
    let parser = Parser(root: Attack.self)
    guard case .run(let first as Attack, _) = try parser.parse(["--steps", "3", "-t", "a"]),
      case .run(let second as Attack, _) = try parser.parse(["-t", "b"])
    else {
      Issue.record("not an attack")
      return
    }
    #expect(first.steps == 3 && first.targets == ["a"])
    #expect(second.steps == 40 && second.targets == ["b"])
  }
}
