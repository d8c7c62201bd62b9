internal import Reports

extension PassReport: Report {
  var document: Document {
    var document = Document(command == "gradient" ? "Gradients" : "Predictions")
    document.add(heading)
    document.add(table)
    if invalid > 0 { document.remark("examples with logits that are not finite, counted as wrong: \(invalid)") }
    if let zeroGradients, zeroGradients > 0 { document.remark("zero gradients: \(zeroGradients) of \(count)") }
    if let output { document.add(written: output) }
    return document
  }

  private var table: Table {
    let loss: [(String, Cell)] = meanLoss.map { [("mean loss", .optional($0.value) { .number($0) })] } ?? []
    let cells: [(String, Cell)] =
      [("examples", .count(count)), ("accuracy", .optional(cleanAccuracy.value) { .percentage($0) })] + loss
      + [("time", .duration(seconds: seconds))]
    var table = Table(cells.map { .right($0.0) })
    table.append(cells.map(\.1))
    return table
  }
}
