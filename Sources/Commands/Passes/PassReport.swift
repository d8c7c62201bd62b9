internal import Exchange
internal import Networks
internal import Reports

/// `predict --json` and `gradient --json`.
struct PassReport: Encodable {
  let command: String
  let programVersion = Provenance.programVersion
  let model: ModelSummary
  let data: DataSummary?
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

  init(_ pass: Pass, command: String, of options: DataOptions, output: OutputFile?) throws {
    self.command = command
    model = ModelSummary(pass.model)
    let path = try options.path()
    data = pass.data.map { DataSummary($0, path: path) }
    count = pass.count
    cleanAccuracy = JSONNumber(pass.accuracy)
    invalid = pass.invalidCount
    meanLoss = pass.lossSum.map { JSONNumber($0 / Double(pass.count)) }
    zeroGradients = pass.zeroGradients
    seconds = pass.seconds
    self.output = output?.path
    var heading = Heading()
    heading.add(pass.model)
    if let data = pass.data { heading.add(data, path: path, isGiven: options.data != nil) }
    self.heading = heading.facts
  }
}
