internal import Arguments
internal import Compute
internal import Exchange
internal import Networks
internal import Reports

/// `advlab gradient`: input gradients of a loss.
struct GradientCommand: Command {
  static let configuration = CommandConfiguration(
    commandName: "gradient",
    abstract: "Write the gradient of a loss at every image.",
    discussion: """
      The loss is summed over examples, so that an example's gradient does not depend on the others. Gradients are with \
      respect to stored pixels.

      EXAMPLES:
        advlab gradient --output gradients.h5
        advlab gradient --loss margin --count 100 --output gradients.h5
      """)

  init() {}

  var model = ModelOptions()
  var data = DataOptions()
  var execution = RunOptions()
  @Option(help: "The loss.") var loss: Loss = .crossEntropy
  @Option(help: "Where to write the gradients (HDF5).", completion: .file) var output: String

  func run() throws {
    let model = try model.load(data)
    let path = try data.path()
    let dataset = try data.load()
    try model.check(dataset, path: path)
    guard model.classifier.classCount >= loss.minimumClasses else {
      throw ValidationError(
        "--loss: \(loss) needs \(loss.minimumClasses) classes or more, the model has \(model.classifier.classCount).")
    }
    let start = ContinuousClock.now
    let parts = try gradients(of: dataset, model.classifier)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let logits = Tensor.concatenating(parts.map(\.logits))
    let losses = loss(logits, labels: dataset.labels).values.map(Double.init)
    let provenance = Provenance(
      command: commandArguments, seed: execution.seed, modelSHA256: model.file.sha256, dataSHA256: dataset.sha256)
    try Gradients(
      gradient: Tensor.concatenating(parts.map(\.gradient)), losses: losses, labels: dataset.labels, ids: dataset.ids,
      loss: loss.description, provenance: provenance
    ).write(to: output)
    let report = PassReport(
      command: "gradient", model: model, data: dataset, path: path, cleanAccuracy: accuracy(logits, dataset.labels),
      meanLoss: losses.reduce(0, +) / Double(losses.count), seconds: seconds, output: output)
    try report.print(json: execution.json)
  }

  private func gradients(
    of data: Dataset, _ model: some DifferentiableClassifier
  ) throws -> [(logits: Tensor<Float>, gradient: Tensor<Float>)] {
    let ranges = shardRanges(count: data.count, size: 256)
    let loss = loss
    return try execution.workers.map(ranges.count) { shard in
      let labels = Array(data.labels[ranges[shard]])
      return try model.pullback(at: data.images.examples(ranges[shard])) { logits, rows in
        loss(logits, labels: Array(labels[rows])).gradient
      }
    }
  }
}
