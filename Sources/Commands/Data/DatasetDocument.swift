internal import Reports

extension DatasetReport: Report {
  var document: Document {
    var document = Document("Dataset")
    document.add(facts)
    return document
  }
}
