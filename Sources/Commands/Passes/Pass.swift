internal import Exchange
internal import Networks

/// What `predict` or `gradient` found on a dataset, as far as it got.
struct Pass {
  let model: LoadedModel
  /// What is known of the examples; nil before the first of them.
  private(set) var data: DatasetProperties?
  /// The examples that get their label.
  private(set) var rightCount = 0
  /// The examples whose logits are not all finite; they count as wrong.
  private(set) var invalidCount = 0
  /// The sum of the losses, where they were asked for.
  private(set) var lossSum: Double?
  /// The gradients that are zero in every pixel, where they were asked for.
  private(set) var zeroGradients: Int?
  /// The time that the model took.
  private(set) var seconds = 0.0

  /// Nothing yet.
  init(_ model: LoadedModel) { self.model = model }

  /// The number of examples.
  var count: Int { data?.count ?? 0 }

  /// The share of the examples that get their label, as the evaluator counts it.
  var accuracy: Double { Double(rightCount) / Double(max(count, 1)) }

  /// Takes in the logits of a range, and where they were asked for, losses and gradient.
  mutating func add(
    _ part: Dataset, _ logits: Tensor<Float>, losses: (values: [Double], gradient: Tensor<Float>)? = nil
  ) {
    if data == nil { data = part.properties } else { data?.add(part.properties) }
    for (found, label) in zip(predictions(of: logits), part.labels) {
      if found == label { rightCount += 1 }
      if found == nil { invalidCount += 1 }
    }
    guard let losses else { return }
    lossSum = losses.values.reduce(lossSum ?? 0, +)
    zeroGradients = (zeroGradients ?? 0) + losses.gradient.zeroExamples.count { $0 }
  }

  /// Runs `body`, which runs the model, and takes the time.
  mutating func timing<Result>(_ body: () throws -> Result) rethrows -> Result {
    let start = ContinuousClock.now
    defer { seconds += (ContinuousClock.now - start) / .seconds(1) }
    return try body()
  }

  /// The origin of what is written.
  func provenance(_ command: [String], _ seed: UInt64) -> Provenance {
    Provenance(command: command, seed: seed, modelSHA256: model.file.sha256, dataSHA256: data?.sha256)
  }
}
