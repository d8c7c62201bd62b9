import Arguments
import Testing

/// One command line and the whole block it gives on standard error.
struct ErrorCase: Sendable, CustomTestStringConvertible {
  let arguments: [String]
  let block: String
  var root: any Command.Type = Lab.self

  var testDescription: String { arguments.joined(separator: " ") }
}

@Suite struct DiagnosticsTests {
  static let averageUsage = """
    Usage: math stats average [--kind <kind>] [<values> ...]
      See 'math stats average --help' for more information.

    """
  static let attackUsage = "Usage: lab attack <options>\n  See 'lab attack --help' for more information.\n"
  static let convertUsage = """
    Usage: lab convert <in> <out> --to <to> --overwrite --no-overwrite
      See 'lab convert --help' for more information.

    """
  static let labUsage = "Usage: lab <subcommand>\n  See 'lab --help' for more information.\n"

  static let options = [
    ErrorCase(
      arguments: ["attack", "--stepsize", "1"],
      block: "Error: Unknown option '--stepsize'. Did you mean '--step-size'?\n" + attackUsage),
    ErrorCase(arguments: ["attack", "--nonsense=1"], block: "Error: Unknown option '--nonsense'\n" + attackUsage),
    ErrorCase(arguments: ["attack", "-z"], block: "Error: Unknown option '-z'\n" + attackUsage),
    ErrorCase(arguments: ["attack", "-jz"], block: "Error: Unknown option '-z'\n" + attackUsage),
    ErrorCase(
      arguments: ["attack", "-eps"], block: "Error: Unknown option '-eps'. Did you mean '--eps'?\n" + attackUsage),
    ErrorCase(
      arguments: ["attack", "--trase", "1"], block: "Error: Unknown option '--trase'\n" + attackUsage),
    ErrorCase(
      arguments: ["attack", "--count"],
      block: "Error: Missing value for '--count <count>'\nHelp:  --count <count>  Number of examples.\n" + attackUsage),
    ErrorCase(
      arguments: ["attack", "-o", "--json"],
      block: "Error: Missing value for '-o <file>'\nHelp:  -o <file>  File for the adversarial examples.\n"
        + attackUsage),
    ErrorCase(
      arguments: ["attack", "--json=yes"],
      block: "Error: The option '--json' does not take any value, but 'yes' was specified.\n" + attackUsage),
    ErrorCase(
      arguments: ["attack", "--fgsm", "--pgd"],
      block: "Error: Value to be set with flag '--pgd' had already been set with flag '--fgsm'\n" + attackUsage),
    ErrorCase(
      arguments: ["attack", "--no-early-stop", "--early-stop"],
      block: "Error: Value to be set with flag '--early-stop' had already been set with flag '--no-early-stop'\n"
        + attackUsage),
    ErrorCase(
      arguments: ["attack", "--seed", "1", "-s2"],
      block: "Error: The option '-s' can be given only once.\n" + attackUsage),
  ]

  static let values = [
    ErrorCase(
      arguments: ["attack", "--count", "many"],
      block: "Error: The value 'many' is invalid for '--count <count>'\nHelp:  --count <count>  Number of examples.\n"
        + attackUsage),
    ErrorCase(
      arguments: ["attack", "--eps", "-1"],
      block: "Error: The value '-1' is invalid for '--eps <pixels>': a radius is positive.\n"
        + "Help:  --eps <pixels>  Radius in stored pixel units.\n" + attackUsage),
    ErrorCase(
      arguments: ["attack", "--norm", "l3"],
      block: "Error: The value 'l3' is invalid for '--norm <norm>'. Please provide one of 'linf', 'l2' or 'l1'.\n"
        + "Help:  --norm <norm>  Norm of the ball.\n" + attackUsage),
    ErrorCase(
      arguments: ["stats", "average", "--kind", "foo"],
      block: """
        Error: The value 'foo' is invalid for '--kind <kind>'. Please provide one of 'mean', 'median' or 'mode'.
        Help:  --kind <kind>  The kind of average to provide.

        """ + averageUsage, root: Math.self),
    ErrorCase(
      arguments: ["stats", "average", "x"],
      block: """
        Error: The value 'x' is invalid for '<values>'
        Help:  <values>  A group of floating-point values to operate on.

        """ + averageUsage, root: Math.self),
    ErrorCase(
      arguments: ["--generate-completion-script", "tcsh"],
      block: "Error: The value 'tcsh' is invalid for '--generate-completion-script <shell>'. "
        + "Please provide one of 'bash', 'zsh' or 'fish'.\n"
        + "Help:  --generate-completion-script <shell>  Print the completion script of a shell.\n" + labUsage),
  ]

  static let missing = [
    ErrorCase(
      arguments: ["convert", "a", "b", "--overwrite"],
      block: "Error: Missing expected argument '--to <to>'\nHelp:  --to <to>  Format.\n" + convertUsage),
    ErrorCase(
      arguments: ["convert", "--to", "x", "a"],
      block: "Error: Missing expected argument '<out>'\nHelp:  <out>  A file to write.\n" + convertUsage),
    ErrorCase(
      arguments: ["convert", "--to", "x", "a", "b"],
      block: "Error: Missing one of: '--overwrite', '--no-overwrite'\n" + convertUsage),
  ]

  static let words = [
    ErrorCase(
      arguments: ["convert", "--to", "x", "a", "b", "c"],
      block: "Error: Unexpected argument 'c'\n" + convertUsage),
    ErrorCase(
      arguments: ["attack", "b", "--json", "baz"],
      block: "Error: 2 unexpected arguments: 'b', 'baz'\n" + attackUsage),
    ErrorCase(
      arguments: ["attak", "--fgsm"], block: "Error: Unknown subcommand 'attak'. Did you mean 'attack'?\n" + labUsage),
    ErrorCase(arguments: ["nosuch"], block: "Error: Unknown subcommand 'nosuch'\n" + labUsage),
    ErrorCase(arguments: ["help", "nosuch"], block: "Error: Unknown subcommand 'nosuch'\n" + labUsage),
    ErrorCase(
      arguments: ["help", "atack"], block: "Error: Unknown subcommand 'atack'. Did you mean 'attack'?\n" + labUsage),
    ErrorCase(arguments: ["help", "--foo"], block: "Error: Unknown option '--foo'\n" + labUsage),
    ErrorCase(arguments: ["--jsn", "attack"], block: "Error: Unknown option '--jsn'\n" + labUsage),
    ErrorCase(arguments: ["--hlep"], block: "Error: Unknown option '--hlep'. Did you mean '--help'?\n" + labUsage),
  ]

  static let rejections = [
    ErrorCase(
      arguments: ["stats", "average", "--kind", "median"],
      block: "Error: A median needs at least one value.\n" + averageUsage, root: Math.self),
    ErrorCase(arguments: ["attack", "--norm", "l1"], block: "Error: The norm l1 needs a radius.\n" + attackUsage),
  ]

  @Test(arguments: options + values + missing + words + rejections)
  func block(_ example: ErrorCase) {
    let termination = Program.execute(root: example.root, arguments: example.arguments, columns: 80)
    #expect(termination == Termination(errorOutput: example.block, exitCode: 64))
  }

  /// The wording of a choice depends on how many there are.
  @Test(arguments: [
    (1, ". Please provide 'a'."),
    (2, ". Please provide one of 'a' and 'b'."),
    (5, ". Please provide one of 'a', 'b', 'c', 'd' or 'e'."),
    (6, ". Please provide one of the following:\n  - a\n  - b\n  - c\n  - d\n  - e\n  - f"),
  ])
  func choice(count: Int, wording: String) {
    let values = Array(["a", "b", "c", "d", "e", "f"].prefix(count))
    let argument = ArgumentDescription.sample(.option, [.long("x")]) {
      $0.valueName = "v"
      $0.allValues = values
    }
    let problem = ParserError.invalidValue(argument, .long("x"), value: "q", reason: nil)
    let message = Diagnostics(command: .sample("tool", [argument])).message(for: problem)
    #expect(message == "The value 'q' is invalid for '--x <v>'" + wording)
  }

  @Test func noArgumentsAtAllExplainsTheProgram() {
    let termination = Program.execute(root: Repeat.self, arguments: [], columns: 80)
    let screen = """
      Error: Missing expected argument '<phrase>'

      OVERVIEW: Repeat a phrase.

      USAGE: repeat [--count <count>] [--include-counter] <phrase>

      ARGUMENTS:
        <phrase>                The phrase.

      OPTIONS:
        --count <count>         How often.
        --include-counter       Number the lines.
        -h, --help              Show help information.

      """
    #expect(termination == Termination(errorOutput: screen, exitCode: 64))
  }
}
