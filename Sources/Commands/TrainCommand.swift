internal import Arguments
internal import Exchange
internal import Networks
internal import Reports
internal import Training

/// `advlab train`: a built-in architecture on a dataset.
struct TrainCommand: Command {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a built-in architecture, plainly or to resist attacks, and write the model.",
    discussion: """
      Mini-batches are shuffled by the seed; the same seed gives the same weights, whatever the number of threads. \
      'advlab inspect --architectures' lists the architectures and their options. Ctrl-C ends with the weights so far.

      With --defence every epoch also measures robust accuracy, by a cheap PGD on images set apart, and the weights of \
      the epoch with the largest are written. It compares epochs; 'advlab attack' on the test images measures robustness. \
      Every setting that was used stands above the table and in the model's file.

      Distillation takes two runs: the first trains the teacher on the labels, the second, with the teacher as \
      --source-model, the student on the teacher's probabilities. Both have the same --temperature, and the student is \
      the network to be used. It is there to be broken: 'advlab attack' does it with --loss margin.

      EXAMPLES:
        advlab train --architecture digits-cnn --epochs 30 --output digits.h5
        advlab train --architecture mnist-small --data mnist/ --output mnist.h5
        advlab train --architecture mlp:hidden=18 --optimizer sgd --output mlp.h5
        advlab train --defence fast --data mnist/ --output fast.h5
        advlab train --defence trades --beta 6 --data mnist/ --output trades.h5
        advlab train --defence pgd --eps 0.1 --architecture mlp --output pgd.h5
        advlab train --defence distillation --architecture mlp --output teacher.h5
        advlab train --defence free --checkpoint run --output free.h5
        advlab train --defence free --checkpoint run --resume --output free.h5
      """)

  init() {}

  @Option(
    help: "A built-in architecture, such as mlp:hidden=18 (default: the defence's).", valueName: "name",
    completion: .list(Architectures.all.map(\.name)))
  var architecture: String?
  var data = DataOptions()
  var defence = DefenceOptions()
  var training = TrainingOptions()
  var checkpoints = CheckpointOptions()
  var execution = RunOptions()
  var reading = ReadingOptions()
  var writing = WritingOptions()
  @Option(
    help: "Where to write the model: HDF5 of the lab, or an archive of Keras where the name ends in .keras.",
    valueName: "file", completion: .file)
  var output: OutputFile

  func validate() throws {
    guard architecture != nil || defence.defence != nil else {
      throw ValidationError("Missing expected argument '--architecture <name>'")
    }
  }

  func run() throws {
    try output.check(
      try output.form(of: .model), inputs: data.inputs + defence.sourceModel, force: writing.force)
    let session = try TrainingSession(self)
    let outcome = try session.train()
    let test = try session.testAccuracy()
    let model = try session.write(outcome, testAccuracy: test)
    try session.report(outcome, testAccuracy: test, model: model)
    guard outcome.isComplete else {
      throw Interruption(
        description: "interrupted after \(outcome.epochs.count) of \(session.epochs) epochs; the weights so far are "
          + "in \(output.path)" + (checkpoints.checkpoint == nil ? "" : "; --resume continues the run"))
    }
    if let failure = session.checkpointFailure { throw failure }
  }
}
