internal import Exchange
internal import Networks
internal import Reports

/// What `predict` and `gradient` report.
struct PassReport: Encodable {
  let command: String
  let model: ModelSummary
  let data: DataSummary
  let count: Int
  let cleanAccuracy: Double
  let meanLoss: Double?
  let seconds: Double
  let output: String
  private let heading: String

  private enum CodingKeys: CodingKey {
    case command, model, data, count, cleanAccuracy, meanLoss, seconds, output
  }

  init(
    command: String, model: LoadedModel, data: Dataset, path: String, cleanAccuracy: Double, meanLoss: Double?,
    seconds: Double, output: String
  ) {
    self.command = command
    self.model = ModelSummary(model)
    self.data = DataSummary(data, path: path)
    count = data.count
    self.cleanAccuracy = cleanAccuracy
    self.meanLoss = meanLoss
    self.seconds = seconds
    self.output = output
    var heading = Heading()
    heading.add(model)
    heading.add(data, path: path)
    self.heading = heading.text
  }

  func print(json: Bool) throws {
    guard !json else { return try StandardOutput.print(json: self) }
    var table = Table([.right("examples"), .right("accuracy")] + (meanLoss == nil ? [] : [.right("mean loss")]) + [.right("time")])
    table.append(
      [NumberFormat.count(count), NumberFormat.percentage(cleanAccuracy)]
        + (meanLoss.map { [NumberFormat.significant($0)] } ?? []) + [NumberFormat.duration(seconds: seconds)])
    StandardOutput.print("\(heading)\n\n\(table)\n\nwritten  \(output)")
  }
}
