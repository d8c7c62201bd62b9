internal import Exchange
internal import Networks
internal import Reports

/// What `predict` and `gradient` report.
struct PassReport: Encodable {
  let command: String
  let model: ModelSummary
  let data: DataSummary
  let count: Int
  let cleanAccuracy: JSONNumber
  /// The examples whose logits are not all finite; they count as wrong.
  let invalid: Int
  var meanLoss: JSONNumber?
  /// The gradients that are zero in every pixel.
  let zeroGradients: Int?
  let seconds: Double
  let output: String?
  private let text: String

  private enum CodingKeys: CodingKey {
    case command, model, data, count, cleanAccuracy, invalid, meanLoss, zeroGradients, seconds, output
  }

  init(
    command: String, model: LoadedModel, data: Dataset, path: String, isGiven: Bool, logits: Tensor<Float>,
    meanLoss: Double? = nil, gradient: Tensor<Float>? = nil, seconds: Double, output: OutputFile?
  ) {
    self.command = command
    self.model = ModelSummary(model)
    self.data = DataSummary(data, path: path)
    count = data.count
    let cleanAccuracy = accuracy(logits, data.labels)
    self.cleanAccuracy = JSONNumber(cleanAccuracy)
    invalid = invalidCount(logits)
    zeroGradients = gradient.map { $0.zeroExamples.count { $0 } }
    if let meanLoss { self.meanLoss = JSONNumber(meanLoss) }
    self.seconds = seconds
    self.output = output?.path
    var heading = Heading()
    heading.add(model)
    heading.add(data, path: path, isGiven: isGiven)
    let cells = [
      ("examples", NumberFormat.count(data.count)), ("accuracy", NumberFormat.percentage(cleanAccuracy)),
      ("mean loss", meanLoss.map { NumberFormat.significant($0) }), ("time", NumberFormat.duration(seconds: seconds)),
    ].compactMap { title, cell in cell.map { (title, $0) } }
    var table = Table(cells.map { .right($0.0) })
    table.append(cells.map(\.1))
    var notes = ""
    if invalid > 0 { notes += "examples with logits that are not finite, counted as wrong: \(invalid)\n" }
    if let zeroGradients, zeroGradients > 0 { notes += "zero gradients: \(zeroGradients) of \(data.count)\n" }
    text =
      "\(heading.text())\n\n\(table)\(notes.isEmpty ? "" : "\n" + notes)"
      + (output.map { "\nwritten  \($0.path)" } ?? "")
  }

  func print(json: Bool) throws {
    json ? try StandardOutput.print(json: self) : try StandardOutput.print(text)
  }
}
