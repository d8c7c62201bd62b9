internal import Arguments
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
      'advlab inspect --architectures' lists the architectures and their options. Ctrl-C ends with the weights so far.

      EXAMPLES:
        advlab train --architecture digits-cnn --epochs 30 --output digits.h5
        advlab train --architecture mnist-small --data mnist/ --output mnist.h5
        advlab train --architecture mlp:hidden=18 --optimizer sgd --output mlp.h5
      """)

  init() {}

  @Option(
    help: "A built-in architecture, such as mlp:hidden=18.", valueName: "name",
    completion: .list(Architectures.all.map(\.name)))
  var architecture: String
  var data = DataOptions()
  var training = TrainingOptions()
  var execution = RunOptions()
  @Option(help: "Where to write the model (HDF5).", valueName: "file", completion: .file) var output: OutputFile

  func run() throws {
    try output.check()
    let session = try TrainingSession(self)
    let outcome = try session.train()
    let test = try session.testAccuracy()
    let model = try session.write(outcome, testAccuracy: test)
    try session.report(outcome, testAccuracy: test, model: model)
    guard outcome.isComplete else {
      throw Interruption(
        description: "interrupted after \(outcome.epochs.count) of \(training.epochs) epochs; the weights so far are "
          + "in \(output.path)")
    }
  }
}
