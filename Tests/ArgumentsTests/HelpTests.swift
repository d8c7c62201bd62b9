import Arguments
import Testing

@Suite struct HelpTests {
  @Test func leaf() {
    #expect(
      Program.math("stats", "average", "--help")
        == Termination(
          output: """
            OVERVIEW: Print the average of the values.

            USAGE: math stats average [--kind <kind>] [<values> ...]

            ARGUMENTS:
              <values>                A group of floating-point values to operate on.

            OPTIONS:
              --kind <kind>           The kind of average to provide. (values: mean, median,
                                      mode; default: mean)
              --version               Show the version.
              -h, --help              Show help information.

            """))
  }

  @Test func groupWithDefaultAndAliases() {
    let screen = """
      OVERVIEW: A utility for performing maths.

      USAGE: math <subcommand>

      OPTIONS:
        --version               Show the version.
        -h, --help              Show help information.

      SUBCOMMANDS:
        add (default)           Print the sum of the values.
        multiply, mul           Print the product of the values.
        stats                   Calculate descriptive statistics.

        See 'math help <subcommand>' for detailed help.

      """
    #expect(Program.math("--help") == Termination(output: screen))
    #expect(Program.math("help") == Termination(output: screen))
  }

  @Test func nestedGroupNamesThePathInItsHint() {
    #expect(Program.math("stats").output.hasSuffix("  See 'math help stats <subcommand>' for detailed help.\n"))
  }

  @Test func groupAlonePrintsItsHelpWithGroupedSubcommands() {
    #expect(
      Program.lab()
        == Termination(
          output: """
            OVERVIEW: An adversarial-robustness lab.

            Exit codes: 0 done, 1 failed.

            USAGE: lab <subcommand>

            OPTIONS:
              -h, --help              Show help information.

            SUBCOMMANDS:
              attack                  Attack a model.

            FILE SUBCOMMANDS:
              convert                 Convert weights, e.g. 'it's' [a:b].

              See 'lab help <subcommand>' for detailed help.

            """))
  }

  @Test func manyOptionsWithSections() {
    #expect(
      Program.lab("help", "attack").output == """
        OVERVIEW: Attack a model.

        EXAMPLES
          lab attack --fgsm --eps 0.1
          lab attack --pgd --eps 8/255 --restarts 10 --output adversarial.h5

        USAGE: lab attack <options>

        THREAT MODEL:
          --eps <pixels>          Radius in stored pixel units.
          --norm <norm>           Norm of the ball. (values: linf, l2, l1; default:
                                  linf)

        OPTIONS:
          --fgsm                  One step.
          --pgd                   Projected gradient descent.
          --count <count>         Number of examples.
          --steps <steps>         Gradient steps. (default: 40)
          --step-size <step-size> Step size. (default: 0.01)
          --batch-size <batch-size>
                                  Examples per batch. (default: 128)
          -t, --targets <label>   Target label; may be repeated.
          -s, --seed <seed>       Seed of the random numbers. (default: 0)
          -o, --output <file>     File for the adversarial examples.
          --model-directory <model-directory>
                                  Where models are found.
          --early-stop/--no-early-stop
                                  Stop at the first adversarial iterate. (default:
                                  --early-stop)
          -j, --json              Print one JSON object.
          -q, --quiet             No progress.
          -h, --help              Show help information.

        """)
  }

  @Test func hiddenOptionsAreShownOnRequest() {
    let hidden = Program.lab("attack", "--help-hidden").output
    #expect(hidden.contains("\n  --trace <trace>         For tests.\n"))
    #expect(hidden.contains("\n  --help-hidden           Show help information, including hidden options.\n"))
    #expect(!Program.lab("attack", "--help").output.contains("trace"))
    #expect(Program.math("--help-hidden").output.contains("\n  secret                  Not shown.\n"))
  }

  @Test func narrowTerminal() {
    let help = Program.execute(root: Math.self, arguments: ["stats", "average", "-h"], columns: 50).output
    #expect(
      help.contains(
        """
          --kind <kind>           The kind of average to
                                  provide. (values: mean,
                                  median, mode; default:
                                  mean)

        """))
  }

  @Test func anAbsurdlyNarrowTerminalStillGetsWords() {
    let help = Program.execute(root: Math.self, arguments: ["--help"], columns: 1).output
    #expect(help.contains("Show help"))
  }
}
