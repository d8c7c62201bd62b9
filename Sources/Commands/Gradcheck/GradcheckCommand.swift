internal import Arguments
internal import Exchange
internal import Networks

/// `advlab gradcheck`: the oracle's gradients against finite differences.
struct GradcheckCommand: Command {
  static let configuration = CommandConfiguration(
    commandName: "gradcheck",
    abstract: "Check gradients against central differences in double precision.",
    discussion: """
      Without options every operation and every loss is checked. Relative errors ‖g − n‖ / (‖g‖ + ‖n‖) below 1e-7 pass; \
      exit code 2 where one does not.

      EXAMPLES:
        advlab gradcheck
        advlab gradcheck --architecture tinycnn --input-shape 1x6x6
        advlab gradcheck --model Data/digits-cnn.h5 --scalars 20
      """, topics: Architectures.topics)

  init() {}

  @Option(help: "Check the model of this file.", valueName: "file", completion: .file) var model: String?
  var builtIn = ArchitectureOptions()
  var reading = ReadingOptions()
  @Option(help: "Scalars of each tensor that are probed, of a model or architecture.") var scalars = 200
  @Option(help: "The seed of points and parameters.") var seed: UInt64 = 0
  @Flag(help: "Print one JSON object, and nothing else, on standard output.") var json: Bool

  func validate() throws {
    guard model == nil || builtIn.architecture == nil else {
      throw ValidationError("Choose one: --model or --architecture.")
    }
    try requireCount(scalars, "scalars", atMost: 1_000_000_000)
  }

  func run() throws {
    let start = ContinuousClock.now
    let checks = try GradcheckRun(subject: subject(), seed: seed, scalars: scalars)()
    let report = GradcheckReport(checks, seconds: (ContinuousClock.now - start) / .seconds(1))
    try report.print(json: json)
    if report.failures > 0 {
      throw RequirementFailure(description: "gradient checks that fail: \(report.failures)")
    }
  }

  private func subject() throws -> GradcheckRun.Subject {
    if let model { return .model(model, try reading.reader().model(ModelRequest(path: model)).model) }
    let found = try builtIn.network(defaultShape: [1, 8, 8], reading.reader())
    guard let (name, network) = found else { return .operations }
    return .architecture(name, network)
  }
}
