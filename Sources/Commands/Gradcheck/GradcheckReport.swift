internal import Reference

/// `gradcheck --json`.
struct GradcheckReport: Encodable {
  struct Check: Encodable {
    let name: String
    let relativeError: JSONNumber
    let passes: Bool
    /// Whether a unit lies so close to its kink that the differences say nothing.
    let isAtKink: Bool

    private enum CodingKeys: CodingKey {
      case name, relativeError, passes
    }

    init(_ check: GradientCheck.Report) {
      (name, passes) = (check.name, check.passes)
      relativeError = JSONNumber(check.worstError)
      isAtKink = check.kinkDistance < GradientCheck.kinkMargin
    }
  }

  let command = "gradcheck"
  let checks: [Check]
  let passes: Bool
  let seconds: Double
  let failures: Int

  init(_ reports: [GradientCheck.Report], seconds: Double) {
    checks = reports.map(Check.init)
    failures = reports.count { !$0.passes }
    passes = failures == 0
    self.seconds = seconds
  }
}
