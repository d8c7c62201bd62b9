internal import Exchange
internal import Reports

/// `convert --json`.
struct ConvertReport: Encodable {
  let command = "convert"
  let programVersion = Provenance.programVersion
  let input: String
  let output: String
  let to: String
  let sha256: String
  let parameters: Int
  let notes: [String]
}

extension ConvertReport: Report {
  var document: Document {
    var document = Document("Conversion")
    var facts = Facts()
    facts.add("read", "\(input) (\(NumberFormat.count(parameters)) parameters)")
    for note in notes { facts.add("note", note) }
    facts.add("written", "\(output), \(to)")
    document.add(facts)
    return document
  }
}
