internal import Exchange
internal import Networks
internal import Reports

/// `predict --json` and `gradient --json`.
struct PassReport: Encodable {
  let command: String
  let programVersion = Provenance.programVersion
  let model: ModelSummary
  let data: DataSummary
  let count: Int
  let cleanAccuracy: JSONNumber
  /// The examples whose logits are not all finite; they count as wrong.
  let invalid: Int
  let meanLoss: JSONNumber?
  /// The gradients that are zero in every pixel.
  let zeroGradients: Int?
  let seconds: Double
  let output: String?
  let heading: Facts

  private enum CodingKeys: CodingKey {
    case command, programVersion, model, data, count, cleanAccuracy, invalid, meanLoss, zeroGradients, seconds, output
  }

  init(_ pass: Pass, command: String, dataPath: String, isDataGiven: Bool, output: String?) {
    self.command = command
    model = ModelSummary(pass.model)
    data = DataSummary(pass.data, path: dataPath)
    count = pass.data.count
    cleanAccuracy = JSONNumber(accuracy(pass.logits, pass.data.labels))
    invalid = invalidCount(pass.logits)
    meanLoss = pass.losses.map { JSONNumber($0.values.reduce(0, +) / Double($0.values.count)) }
    zeroGradients = pass.losses.map { $0.gradient.zeroExamples.count { $0 } }
    seconds = pass.seconds
    self.output = output
    var heading = Heading()
    heading.add(pass.model)
    heading.add(pass.data, path: dataPath, isGiven: isDataGiven)
    self.heading = heading.facts
  }
}
