internal import Arguments
internal import Exchange
internal import Networks
internal import Reference
internal import Reports

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
        advlab gradcheck --architecture tinycnn
        advlab gradcheck --model Data/tinycnn.h5
      """)

  init() {}

  @Option(help: "Check the model of this file.", completion: .file) var model: String?
  @Option(
    help: "Check a built-in architecture, such as tinycnn.", completion: .list(Architectures.all.map(\.name)))
  var architecture: String?
  @Option(help: "The images an architecture is made for.", valueName: "CxHxW") var inputShape: ImageShape = ImageShape(extents: [1, 8, 8])
  @Option(help: "The classes an architecture is made for.") var classes = 10
  @Option(help: "Scalars of each tensor that are probed, of a model or architecture.") var scalars = 200
  @Option(help: "The seed of points and parameters.") var seed: UInt64 = 0
  @Flag(help: "Print one JSON object, and nothing else, on standard output.") var json: Bool

  func validate() throws {
    if model != nil, architecture != nil { throw ValidationError("Choose one: --model or --architecture.") }
    guard scalars > 0 else { throw ValidationError("--scalars: expected at least 1, found \(scalars).") }
    guard (1...1_000_000).contains(classes) else { throw ValidationError("--classes: expected at least 1, found \(classes).") }
  }

  func run() throws {
    let start = ContinuousClock.now
    let reports = try reports()
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let failed = reports.filter { !$0.passes }
    if json {
      try StandardOutput.print(
        json: Summary(
          checks: reports.map { Check(name: $0.name, relativeError: $0.worstError, passes: $0.passes) },
          passes: failed.isEmpty, seconds: seconds))
    } else {
      var table = Table([.left("check"), .right("relative error"), .left("verdict")])
      for report in reports {
        table.append([report.name, NumberFormat.significant(report.worstError, digits: 2), verdict(report)])
      }
      StandardOutput.print(
        "\(table)\n\n\(reports.count - failed.count) of \(reports.count) checks pass (tolerance 1e-7), "
          + NumberFormat.duration(seconds: seconds))
    }
    guard failed.isEmpty else { throw RequirementFailure(description: "\(failed.count) gradient checks fail") }
  }

  private func verdict(_ report: GradientCheck.Report) -> String {
    if report.passes { return "pass" }
    return report.kinkDistance < GradientCheck.kinkMargin ? "fail (a unit lies at its kink; try another --seed)" : "fail"
  }

  private func reports() throws -> [GradientCheck.Report] {
    if let model {
      let file = try ModelFile.read(from: model)
      return [check(model, try ReferenceModel(network: file.network, parameters: file.parameters.double))]
    }
    guard let architecture else { return try GradientCheck.allOperations(seed: seed) }
    let network = try Architectures.network(
      architecture, inputShape: Shape(inputShape.extents), classCount: classes)
    let parameters = try Parameters.initial(for: network, random: RandomSource(seed: seed))
    return [check(architecture, try ReferenceModel(network: network, parameters: parameters.double))]
  }

  private func check(_ name: String, _ model: ReferenceModel) -> GradientCheck.Report {
    let images = GradientCheck.images(for: model, exampleCount: 2, seed: seed)
    return GradientCheck.check(name, model, at: images, seed: seed, maximumScalars: scalars)
  }

  private struct Check: Encodable {
    let name: String
    let relativeError: Double
    let passes: Bool
  }

  private struct Summary: Encodable {
    let command = "gradcheck"
    let checks: [Check]
    let passes: Bool
    let seconds: Double
  }
}

/// `CxHxW`.
struct ImageShape: ArgumentValue {
  let extents: [Int]

  init(extents: [Int]) {
    self.extents = extents
  }

  init?(argument: String) {
    let parts = argument.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard (1...3).contains(parts.count), parts.allSatisfy({ (1...65536).contains($0) }) else { return nil }
    extents = parts
  }

  var argumentText: String { extents.map(String.init).joined(separator: "x") }
}
