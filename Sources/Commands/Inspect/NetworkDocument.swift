internal import Networks
internal import Reports

extension NetworkSummary: Report {
  var document: Document {
    var document = Document("Model")
    document.add(facts)
    var table = Table([
      .left("node"), .left("operation"), .left("inputs", .least), .right("output"),
      .right("parameters", short: "weights", .major), .right("MACs", .minor),
      .right("receptive field", short: "field", .minor),
    ])
    for node in nodes {
      table.append([
        .text(node.name), .text(node.operation), .text(node.inputs.joined(separator: ", ")), "\(Shape(node.shape))",
        .count(node.parameters), .count(node.multiplyAccumulates),
        .optional(node.receptiveField) { "\($0[0])×\($0[1])" },
      ])
    }
    document.add(table)
    return document
  }

  private var facts: Facts {
    var facts = Facts()
    facts.add("model", name)
    let statistics = state > parameters ? " and \(NumberFormat.count(state - parameters)) statistics" : ""
    facts.add("parameters", NumberFormat.count(parameters) + statistics)
    facts.add("MACs", "\(NumberFormat.count(multiplyAccumulates)) per image")
    if let sha256 { facts.add("SHA-256", sha256) }
    if let writtenBy, !writtenBy.isEmpty { facts.add("command", "advlab " + writtenBy.joined(separator: " ")) }
    for note in notes { facts.add("note", note) }
    return facts
  }
}
