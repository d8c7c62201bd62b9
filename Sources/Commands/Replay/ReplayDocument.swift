internal import Exchange
internal import Reports

/// What `replay` reports.
struct ReplayReport: Encodable {
  let command = "replay"
  let file: String
  let arguments: [String]
  let version: String?
  let count: Int
  let same: Bool
  let findings: [String]
  let seconds: Double

  init(_ replay: ReplayRun, count: Int, findings: [String], seconds: Double) {
    (file, arguments, version) = (replay.file, replay.arguments, replay.version)
    (self.count, self.findings, self.seconds) = (count, findings, seconds)
    same = findings.isEmpty
  }

}

extension ReplayReport: Report {
  var document: Document {
    var facts = Facts()
    facts.add("file", .text(file))
    facts.add("run", .text("advlab " + arguments.joined(separator: " ")))
    if let version, version != Provenance.programVersion {
      facts.add("note", .text("it was version \(version), and is \(Provenance.programVersion) now"))
    }
    facts.add("time", .duration(seconds: seconds))
    facts.add(
      "result",
      .text(
        same
          ? "\(counted(count, "example", "examples")): the same bits"
          : counted(findings.count, "difference", "differences")))
    let shown = 10
    for finding in findings.prefix(shown) { facts.add("", .text(finding)) }
    if findings.count > shown { facts.add("", .text("and \(findings.count - shown) more")) }
    var document = Document("Replay")
    document.add(facts)
    return document
  }
}
