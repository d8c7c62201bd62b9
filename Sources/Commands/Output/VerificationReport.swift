internal import Attacks
internal import Reports

/// What `verify` reports.
struct VerificationReport: Encodable {
  let command = "verify"
  let file: String
  let model: ModelSummary
  let data: String?
  let count: Int
  let holds: Bool
  let findings: [String]
  let cleanAccuracy: JSONNumber
  let robustAccuracy: JSONNumber
  let seconds: Double
  private let heading: Heading

  private enum CodingKeys: CodingKey {
    case command, file, model, data, count, holds, findings, cleanAccuracy, robustAccuracy, seconds
  }

  init(
    _ verification: Verification, file: String, count: Int, model: LoadedModel, data: String?, seconds: Double
  ) {
    self.file = file
    self.model = ModelSummary(model)
    self.data = data
    self.count = count
    findings = verification.findings
    holds = findings.isEmpty
    let (clean, robust) = (verification.evaluation?.cleanAccuracy, verification.evaluation?.robustAccuracy)
    cleanAccuracy = JSONNumber(clean?.fraction)
    robustAccuracy = JSONNumber(robust?.fraction)
    self.seconds = seconds
    var heading = Heading()
    heading.add("file", "\(file): \(counted(count, "example", "examples"))")
    heading.add(model)
    if let clean, let robust {
      heading.add(
        "found", "clean accuracy \(NumberFormat.percentage(clean)), robust accuracy \(NumberFormat.percentage(robust))")
    }
    self.heading = heading
  }

  func print(json: Bool) throws {
    guard !json else { return try StandardOutput.print(json: self) }
    var heading = heading
    heading.add(
      "result", holds ? "every claim holds" : "\(counted(findings.count, "claim does", "claims do")) not hold")
    let shown = 10
    for finding in findings.prefix(shown) { heading.add("", finding) }
    if findings.count > shown { heading.add("", "and \(findings.count - shown) more") }
    try StandardOutput.print(heading.text)
  }
}
