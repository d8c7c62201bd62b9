internal import Arguments
internal import Compute
internal import Exchange
internal import Networks
internal import Reports
internal import Training

/// `advlab train`: a built-in architecture on a dataset.
struct TrainCommand: Command {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a built-in architecture and write the model.",
    discussion: """
      Mini-batches are shuffled by the seed; the same seed gives the same weights, whatever the number of threads. \
      'advlab inspect --architectures' lists the architectures and their options.

      EXAMPLES:
        advlab train --architecture digits-cnn --epochs 30 --output digits.h5
        advlab train --architecture mnist-small --data mnist/ --epochs 3 --output mnist.h5
        advlab train --architecture mlp:hidden=18 --data Data/patterns.h5 --optimizer sgd --lr 0.1 --output mlp.h5
      """)

  init() {}

  @Option(
    help: "A built-in architecture, such as mlp:hidden=18.", completion: .list(Architectures.all.map(\.name)))
  var architecture: String
  var data = DataOptions()
  var training = TrainingOptions()
  var execution = RunOptions()
  @Option(help: "Where to write the model (HDF5).", completion: .file) var output: String

  func run() throws {
    let path = try data.path()
    let whole = try data.load(split: "train")
    let network = try Architectures.network(
      architecture, inputShape: whole.imageShape, classCount: whole.classCount)
    let model = try CompiledModel(
      network: network,
      parameters: Parameters.initial(for: network, random: RandomSource(seed: execution.seed)), workers: execution.workers)
    var parts = try LabelledImages(images: whole.images, labels: whole.labels, ids: whole.ids)
    var validation: LabelledImages?
    if training.validation > 0 {
      let split = try parts.split(
        validationFraction: training.validation, random: RandomSource(seed: execution.seed))
      // A share so small that it rounds to no image is none.
      (parts, validation) = (split.training, split.validation.count > 0 ? split.validation : nil)
    }
    let session = TrainingSession(command: self, model: model, training: parts, validation: validation)
    var heading = Heading()
    heading.add("model", "\(architecture) (\(NumberFormat.count(network.parameterCount)) parameters)")
    heading.add(whole, path: path)
    if !execution.json { StandardOutput.print(heading.text + "\n") }
    let outcome = try session.run()
    // Trained on a part of a split, a model is still judged on the whole test split.
    let test = data.split == "train" ? nil : try testAccuracy(of: model)
    try write(model, outcome, data: whole, testAccuracy: test)
    try session.report(outcome, testAccuracy: test, data: DataSummary(whole, path: path), output: output)
    guard outcome.isComplete else {
      throw Interruption(description: "interrupted after \(outcome.epochs.count) of \(training.epochs) epochs; the weights so far are in \(output)")
    }
  }

  private func testAccuracy(of model: CompiledModel) throws -> Double? {
    var options = DatasetSelection(split: "test")
    (options.imagesKey, options.labelsKey) = (nil, nil)
    (options.layout, options.pixelRange) = (data.layout, data.pixelRange?.bounds)
    guard data.imagesKey == nil, let test = try? Dataset.read(from: data.path(), options),
      test.imageShape == model.inputShape
    else { return nil }
    return accuracy(try execution.logits(of: test.images, model), test.labels)
  }

  private func write(
    _ model: CompiledModel, _ outcome: TrainingOutcome, data: Dataset, testAccuracy: Double?
  ) throws {
    let images = data.images.examples(0..<min(8, data.count))
    let record = TrainingRecord(
      architecture: architecture, optimizer: training.optimizer.rawValue, batchSize: training.batchSize,
      learningRate: training.learningRate, seed: execution.seed, epochs: outcome.epochs, isComplete: outcome.isComplete,
      testAccuracy: testAccuracy)
    try ModelFile(
      network: model.network, parameters: model.parameters,
      probe: ModelFile.Probe(images: images, logits: try model.logits(of: images)),
      trainingRecord: try StandardOutput.json(record),
      provenance: Provenance(command: commandArguments, seed: execution.seed, dataSHA256: data.sha256)
    ).write(to: output)
  }
}

/// What a model's file says of its training.
private struct TrainingRecord: Encodable {
  let architecture: String
  let optimizer: String
  let batchSize: Int
  let learningRate: Float
  let seed: UInt64
  let epochs: [EpochRecord]
  let isComplete: Bool
  let testAccuracy: Double?
}
