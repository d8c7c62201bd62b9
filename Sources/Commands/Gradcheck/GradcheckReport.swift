internal import Reference
internal import Reports

/// What `gradcheck` reports.
struct GradcheckReport: Encodable {
  struct Check: Encodable {
    let name: String
    let relativeError: JSONNumber
    let passes: Bool
  }

  let command = "gradcheck"
  let checks: [Check]
  let passes: Bool
  let seconds: Double
  let failures: Int
  private let table: Table

  private enum CodingKeys: CodingKey {
    case command, checks, passes, seconds, failures
  }

  init(_ reports: [GradientCheck.Report], seconds: Double) {
    checks = reports.map {
      Check(name: $0.name, relativeError: JSONNumber($0.worstError), passes: $0.passes)
    }
    failures = reports.count { !$0.passes }
    passes = failures == 0
    self.seconds = seconds
    var table = Table([.left("check"), .right("relative error", short: "error"), .prose("verdict")])
    for report in reports {
      table.append([report.name, NumberFormat.significant(report.worstError, digits: 2), Self.verdict(report)])
    }
    self.table = table
  }

  private static func verdict(_ report: GradientCheck.Report) -> String {
    if report.passes { return "pass" }
    return report.kinkDistance < GradientCheck.kinkMargin
      ? "fail (a unit lies at its kink; try another --seed)" : "fail"
  }

  func print(json: Bool) throws {
    guard !json else { return try StandardOutput.print(json: self) }
    try StandardOutput.print(
      table.text(fitting: Terminal.standardOutput.tableWidth)
        + "\n\(checks.count - failures) of \(counted(checks.count, "check passes", "checks pass")) (tolerance 1e-7), "
        + NumberFormat.duration(seconds: seconds))
  }
}
