internal import Reports

extension GradcheckReport: Report {
  var document: Document {
    var document = Document("Gradient check")
    var table = Table([.left("check"), .right("relative error", short: "error"), .prose("verdict")])
    for check in checks {
      table.append([
        .text(check.name), .optional(check.relativeError.value) { .number($0, digits: 2) }, .text(Self.verdict(check)),
      ])
    }
    document.add(table)
    let passing = "\(checks.count - failures) of \(counted(checks.count, "check passes", "checks pass"))"
    document.remark("\(passing) (tolerance 1e-7), \(NumberFormat.duration(seconds: seconds))")
    return document
  }

  private static func verdict(_ check: Check) -> String {
    if check.passes { return "pass" }
    return check.isAtKink ? "fail (a unit lies at its kink; try another --seed)" : "fail"
  }
}
