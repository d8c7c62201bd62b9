import Arguments

/// A calculator: nested groups, a default subcommand, aliases, versions on two levels.
struct Math: Command {
  static let configuration = CommandConfiguration(
    abstract: "A utility for performing maths.", version: "1.0.0",
    subcommands: [Add.self, Multiply.self, Statistics.self, Secret.self], defaultSubcommand: Add.self)
}

struct MathOptions: OptionGroup {
  @Flag(short: "x", help: "Use hexadecimal notation for the result.") var hexOutput: Bool
  @Argument(help: "A group of integers to operate on.") var values: [Int] = []
}

struct Add: Command {
  static let configuration = CommandConfiguration(abstract: "Print the sum of the values.")
  var options = MathOptions()

  func run() throws { throw CleanExit.message(String(options.values.reduce(0, +))) }
}

struct Multiply: Command {
  static let configuration = CommandConfiguration(abstract: "Print the product of the values.", aliases: ["mul"])
  var options = MathOptions()

  func run() throws { throw CleanExit.message(String(options.values.reduce(1, *))) }
}

struct Secret: Command {
  static let configuration = CommandConfiguration(abstract: "Not shown.", isHidden: true)
}

struct Statistics: Command {
  static let configuration = CommandConfiguration(
    commandName: "stats", abstract: "Calculate descriptive statistics.", subcommands: [Average.self])
}

struct Average: Command {
  enum Kind: String, CaseIterable, ArgumentValue {
    case mean, median, mode
  }

  static let configuration = CommandConfiguration(abstract: "Print the average of the values.", version: "1.5.0-alpha")
  @Option(help: "The kind of average to provide.") var kind: Kind = .mean
  @Argument(help: "A group of floating-point values to operate on.") var values: [Double] = []

  func validate() throws {
    if kind == .median && values.isEmpty { throw ValidationError("A median needs at least one value.") }
  }

  func run() throws { throw CleanExit.message("\(kind) \(values)") }
}

/// A laboratory with one large command: option groups, custom values, exclusive flags, hidden options.
struct Lab: Command {
  static let configuration = CommandConfiguration(
    commandName: "lab", abstract: "An adversarial-robustness lab.", discussion: "Exit codes: 0 done, 1 failed.",
    subcommands: [Attack.self], groupedSubcommands: [SubcommandGroup(name: "File", subcommands: [Convert.self])])
}

struct Epsilon: ArgumentValue, Equatable {
  struct NotPositive: Error, CustomStringConvertible {
    let description = "a radius is positive."
  }

  static let isNumeric = true
  let value: Double

  init?(argument: String) throws {
    let parts = argument.split(separator: "/").map { Double($0) }
    guard let first = parts.first, let numerator = first, parts.count < 3 else { return nil }
    guard parts.count == 2 else {
      value = numerator
      if !(value > 0) { throw NotPositive() }
      return
    }
    guard let denominator = parts[1] else { return nil }
    value = numerator / denominator
    if !(value > 0) { throw NotPositive() }
  }
}

enum Norm: String, CaseIterable, ArgumentValue {
  case linf, l2, l1
}

enum Preset: String, EnumerableFlag {
  case fgsm, pgd

  static func help(for value: Preset) -> String {
    switch value {
    case .fgsm: "One step."
    case .pgd: "Projected gradient descent."
    }
  }
}

struct Threat: OptionGroup {
  static let title = "Threat model"
  @Option(help: "Radius in stored pixel units.", valueName: "pixels") var eps: Epsilon?
  @Option(help: "Norm of the ball.") var norm = Norm.linf

  func validate() throws {
    if norm == .l1 && eps == nil { throw ValidationError("The norm l1 needs a radius.") }
  }
}

struct Attack: Command {
  static let configuration = CommandConfiguration(
    abstract: "Attack a model.",
    discussion:
      "EXAMPLES\n  lab attack --fgsm --eps 0.1\n  lab attack --pgd --eps 8/255 --restarts 10 --output adversarial.h5")
  @Flag var preset: Preset?
  var threat = Threat()
  @Option(help: "Number of examples.", valueName: "count") var count: Int?
  @Option(help: "Gradient steps.") var steps = 40
  @Option(help: "Step size.") var stepSize = 0.01
  @Option(name: "batch-size", help: "Examples per batch.") var batch = 128
  @Option(short: "t", help: "Target label; may be repeated.", valueName: "label") var targets: [String] = []
  @Option(short: "s", joined: true, help: "Seed of the random numbers.") var seed: UInt64 = 0
  @Option(short: "o", help: "File for the adversarial examples.", valueName: "file", completion: .file)
  var output: String?
  @Option(help: "Where models are found.", completion: .directory) var modelDirectory: String?
  @Flag(help: "Stop at the first adversarial iterate.", inversion: .prefixedNo) var earlyStop = true
  @Flag(short: "j", help: "Print one JSON object.") var json: Bool
  @Flag(short: "q", help: "No progress.") var quiet = false
  @Option(help: "For tests.", isHidden: true) var trace: Int?

  func run() throws { throw ExitCode(2) }
}

struct Convert: Command {
  static let configuration = CommandConfiguration(abstract: "Convert weights, e.g. 'it's' [a:b].")
  @Argument(help: "A file to read.", valueName: "in", completion: .file) var source: String
  @Argument(help: "A file to write.", valueName: "out", completion: .file) var destination: String
  @Option(help: "Format.") var to: String
  @Flag(help: "Overwrite.", inversion: .prefixedNo) var overwrite: Bool

  func run() throws {
    struct Unwritable: ExitCodeProviding, CustomStringConvertible {
      let description = "cannot write"
      let exitCode: Int32 = 73
    }
    struct Failure: Error, CustomStringConvertible {
      let description = "broken"
    }
    throw destination == "/" ? Unwritable() as any Error : Failure()
  }
}

/// A program of one command.
struct Repeat: Command {
  static let configuration = CommandConfiguration(abstract: "Repeat a phrase.")
  @Option(help: "How often.") var count: Int?
  @Flag(help: "Number the lines.") var includeCounter: Bool
  @Argument(help: "The phrase.") var phrase: String

  func run() throws { throw CleanExit.message(phrase) }
}

extension Program {
  static func math(_ arguments: String...) -> Termination {
    execute(root: Math.self, arguments: arguments, columns: 80)
  }
  static func lab(_ arguments: String...) -> Termination { execute(root: Lab.self, arguments: arguments, columns: 80) }
}

/// Parses a command line that is meant to be one of `Command`.
func parsed<C: Command>(_ type: C.Type, _ arguments: String...) throws -> C {
  guard case .run(let command, _) = try Parser(root: C.self).parse(arguments), let typed = command as? C else {
    throw ValidationError("not a command to run")
  }
  return typed
}

/// The parser's error for a command line; `nil` when there is none.
func problem(_ root: any Command.Type, _ arguments: String...) -> ParserError? {
  do {
    _ = try Parser(root: root).parse(arguments)
    return nil
  } catch let error as CommandError {
    return error.cause as? ParserError
  } catch {
    return nil
  }
}
