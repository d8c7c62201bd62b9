internal import Reports

/// `inspect --write-architecture --json`.
struct WrittenArchitecture: Encodable {
  let command = "inspect"
  let written: String
}

extension WrittenArchitecture: Report {
  var document: Document {
    var document = Document("Architecture")
    var facts = Facts()
    facts.add("written", "\(written); fill in every ? in it, then use it as --architecture")
    document.add(facts)
    return document
  }
}
