internal import Exchange
internal import Reports

/// What `predict` and `gradient` report.
struct PassReport: Encodable {
  let command: String
  let model: ModelSummary
  let data: DataSummary
  let count: Int
  let cleanAccuracy: JSONNumber
  var meanLoss: JSONNumber?
  let seconds: Double
  let output: String?
  private let text: String

  private enum CodingKeys: CodingKey {
    case command, model, data, count, cleanAccuracy, meanLoss, seconds, output
  }

  init(
    command: String, model: LoadedModel, data: Dataset, path: String, isGiven: Bool, cleanAccuracy: Double,
    meanLoss: Double? = nil, seconds: Double, output: OutputFile?
  ) {
    self.command = command
    self.model = ModelSummary(model)
    self.data = DataSummary(data, path: path)
    count = data.count
    self.cleanAccuracy = JSONNumber(cleanAccuracy)
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
    text = "\(heading.text)\n\n\(table)" + (output.map { "\nwritten  \($0.path)" } ?? "")
  }

  func print(json: Bool) throws {
    json ? try StandardOutput.print(json: self) : try StandardOutput.print(text)
  }
}
