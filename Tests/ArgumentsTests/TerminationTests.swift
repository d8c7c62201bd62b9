import Arguments
import Testing

@Suite struct TerminationTests {
  struct Thrower: Command {
    static let configuration = CommandConfiguration(abstract: "Throws.")
    @Option var what: String

    func run() throws {
      switch what {
      case "validation": throw ValidationError("rejected late")
      case "message": throw CleanExit.message("bye")
      case "help": throw CleanExit.helpRequest
      case "code": throw ExitCode(130)
      case "success": throw ExitCode.success
      default: return
      }
    }
  }

  private func run(_ what: String) -> Termination {
    Program.execute(root: Thrower.self, arguments: ["--what", what], columns: 80)
  }

  @Test func mainReturnsTheCode() {
    #expect(Program.main(root: Thrower.self, arguments: ["--what", "code"]) == 130)
    #expect(Program.main(root: Thrower.self, arguments: ["--what", "nothing"]) == 0)
  }

  @Test func whatARunThrows() {
    #expect(run("nothing") == Termination())
    #expect(run("message") == Termination(output: "bye\n"))
    #expect(run("help") == Program.execute(root: Thrower.self, arguments: ["--help"], columns: 80))
    #expect(run("code") == Termination(exitCode: 130))
    #expect(run("success") == Termination())
    #expect(
      run("validation")
        == Termination(
          errorOutput: """
            Error: rejected late
            Usage: thrower --what <what>
              See 'thrower --help' for more information.

            """, exitCode: 64))
  }

  @Test func otherErrorsAreOneUnlessTheyKnowBetter() {
    let words = ["convert", "a", "--to", "x", "--overwrite"]
    let failure = Program.execute(root: Lab.self, arguments: words + ["b"], columns: 80)
    #expect(failure == Termination(errorOutput: "Error: broken\n", exitCode: 1))
    let unwritable = Program.execute(root: Lab.self, arguments: words + ["/"], columns: 80)
    #expect(unwritable == Termination(errorOutput: "Error: cannot write\n", exitCode: 73))
    #expect(Program.lab("attack") == Termination(exitCode: 2))
  }
}
