internal import Attacks
internal import Exchange
internal import Networks
internal import Reports

/// What `verify` reports.
struct VerificationReport: Encodable {
  let command = "verify"
  let file: String
  let model: ModelSummary
  let data: String?
  let count: Int
  let requested: Int?
  let norm: String
  let epsilon: JSONNumber
  let budget: String
  let bounds: PixelBox
  let holds: Bool
  let findings: [String]
  let warnings: [String]
  let cleanAccuracy: JSONNumber
  let robustAccuracy: JSONNumber
  let seconds: Double
  private let heading: Heading

  private enum CodingKeys: CodingKey {
    case command, file, model, data, count, requested, norm, epsilon, budget, bounds, holds, findings, warnings
    case cleanAccuracy, robustAccuracy, seconds
  }

  init(
    _ verification: Verification, _ set: AdversarialSet, file: String, model: LoadedModel, data: String?,
    seconds: Double
  ) {
    self.file = file
    self.model = ModelSummary(model)
    self.data = data
    count = set.examples.count
    requested = set.requested
    norm = set.threat.norm
    epsilon = JSONNumber(set.threat.epsilon)
    budget = set.threat.budget.rawValue
    bounds = set.threat.bounds
    warnings = verification.warnings.map(\.text)
    findings = verification.findings
    holds = findings.isEmpty
    let (clean, robust) = (verification.evaluation?.cleanAccuracy, verification.evaluation?.robustAccuracy)
    cleanAccuracy = JSONNumber(clean?.fraction)
    robustAccuracy = JSONNumber(robust?.fraction)
    self.seconds = seconds
    var heading = Heading()
    let partial = set.requested.map { $0 > set.examples.count ? " of \(NumberFormat.count($0)): partial" : "" } ?? ""
    heading.add("file", "\(file): \(counted(count, "example", "examples"))\(partial)")
    heading.add(model)
    if let threat = verification.threat { heading.add("threat", Self.text(threat, set, verification.limits)) }
    if let clean, let robust {
      heading.add(
        "found", "clean accuracy \(NumberFormat.percentage(clean)), robust accuracy \(NumberFormat.percentage(robust))")
    }
    self.heading = heading
  }

  private static func text(_ threat: ThreatModel, _ set: AdversarialSet, _ limits: (any ChangeLimits)?) -> String {
    let recorded = set.threat
    guard recorded.epsilon != nil else {
      return threat.text(limits: "\(threat.norm.symbol), the nearest example at any distance")
    }
    switch recorded.budget {
    case .fixed: return threat.text
    case .minimal: return threat.text + "; the nearest example, be it beyond eps"
    case .transformation:
      let limits = limits?.limits(for: set.images.shape.example) ?? "limits of the attack's own"
      return threat.text(limits: limits)
    }
  }
}

extension VerificationReport: Report {
  var document: Document {
    var heading = heading
    heading.add(
      "result", holds ? "every claim holds" : "\(counted(findings.count, "claim does", "claims do")) not hold")
    let shown = 10
    for finding in findings.prefix(shown) { heading.add("", finding) }
    if findings.count > shown { heading.add("", "and \(findings.count - shown) more") }
    for warning in warnings { heading.add("warning", warning) }
    var document = Document("Verification")
    document.add(heading.facts)
    return document
  }
}
