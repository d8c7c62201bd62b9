internal import Arguments
internal import Compute
internal import Defences
internal import Exchange
internal import Networks
internal import Reports
internal import Training

/// `advlab train`: a network on a dataset.
struct TrainCommand: SharedCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a network, plainly or to resist attacks, and write the model.",
    discussion: """
      Mini-batches are shuffled by the seed; the same seed gives the same weights, whatever the number of threads and of \
      processes ('mpirun -n 4 advlab train …', in a build with MPI). \
      'advlab inspect --architectures' lists the architectures, 'advlab help train trades' shows the options of a defence, \
      and the same tells about an optimiser, a schedule or an augmentation. Ctrl-C ends with the weights so far.

      With --defence every epoch also measures robust accuracy, by a cheap PGD on images set apart, and the weights of \
      the epoch with the largest are written. It compares epochs; 'advlab attack' on the test images measures robustness. \
      Every setting that was used stands above the table and in the model's file.

      --model goes on with a network that was trained before, here or with Keras or PyTorch, or hardens it with --defence. \
      --architecture takes a JSON file, too: the lab's own or Keras' model.to_json().

      With --checkpoint a run that was stopped goes on with --resume, and needs no other option: the checkpoint holds \
      them. Those given beside it must be the same, except for --epochs, which may be larger, and for what changes no \
      result. More epochs stretch the learning-rate schedule: the epochs made are kept, and from there on the rate is that \
      of a run of the new length. The heading says what changes.

      Where a number is no longer finite the run ends with exit code 1; the weights of the last epoch before are written, \
      if there is one.

      Distillation takes two runs: the first trains the teacher on the labels, the second, with the teacher as \
      --source-model, the student on the teacher's probabilities. Both have the same --temperature, and the student is \
      the network to be used. It is there to be broken: 'advlab attack' does it with --loss margin.

      EXAMPLES:
        advlab train --architecture digits-cnn --epochs 30 --output digits.h5
        advlab train --architecture mlp:hidden=18 --optimizer sgd --output mlp.h5
        advlab train --defence fast --data mnist/ --output fast.h5
        advlab train --defence trades:beta=6 --data mnist/ --output trades.h5
        advlab train --defence distillation --architecture mlp --output teacher.h5
        advlab train --defence free --checkpoint run --output free.h5
        advlab train --resume --checkpoint run
        advlab train --model keras.h5 --defence pgd --eps 0.1 --output hard.h5
      """,
    topics: TrainingLists.topics)

  init() {}

  @Option(
    help: """
      A built-in architecture, such as mlp:hidden=18, or a JSON file: the lab's own or Keras' (default: the defence's). \
      Beside --model: that of weights alone.
      """, valueName: "name|file", completion: .list(Architectures.names))
  var architecture: String?
  @Option(
    help: "Begin with the weights of this model: of the lab, Keras, or weights alone beside --architecture.",
    valueName: "file", completion: .file)
  var model: String?
  @Option(
    help: "Beside --model, for weights alone: a file that says which tensor is which.", valueName: "file",
    completion: .file)
  var map: String?
  var data = DataOptions()
  var defence = DefenceOptions()
  var training = TrainingOptions()
  var lists = TrainingLists()
  var checkpoints = CheckpointOptions()
  var execution = RunOptions()
  var reading = ReadingOptions()
  var writing = WritingOptions()
  @Option(
    help: "Where to write the model: HDF5 of the lab, or an archive of Keras where the name ends in .keras.",
    valueName: "file", completion: .file)
  var output: OutputFile?
  @Option(
    help: "Also log every epoch in this directory, with the filters of the first layer, as TensorBoard shows it.",
    valueName: "directory", completion: .directory)
  var tensorboard: String?
  @Option(
    help: "Write the filters of the first layer as PNG into this directory, at the beginning and after every epoch.",
    valueName: "directory", completion: .directory)
  var saveFilters: String?

  /// A run that goes on has these from its checkpoint.
  func validate() throws {
    guard map == nil || model != nil else { throw ValidationError("--map is an option of --model.") }
    guard !checkpoints.resume else { return }
    guard architecture != nil || model != nil || defence.defence != nil else { throw Self.missingArchitecture }
    guard output != nil else { throw Self.missingOutput }
  }

  static let missingArchitecture = ValidationError("Missing expected argument '--architecture <name>'")
  private static let missingOutput = ValidationError("Missing expected argument '--output <file>'")

  func run() throws {
    if let list = lists.chosen { return try list.print(json: execution.json) }
    try execution.report?.check()
    guard checkpoints.resume, let directory = checkpoints.checkpoint else {
      return try train(commandArguments, continuing: nil, begun: self)
    }
    let earlier = try EarlierRun(directory, reading.reader(), takes: Launch.ranks.isFirst)
    let given = Array(commandArguments.drop { $0 == Self.configuration.commandName })
    let (command, words) = try earlier.command(with: given, keepsEpochs: false)
    try command.train(
      words, continuing: earlier, begun: try earlier.command(with: given, keepsEpochs: true).command)
  }

  /// Trains.
  ///
  /// - Parameters:
  ///   - words: The command line that stands in what is written.
  ///   - earlier: The run to go on with.
  ///   - begun: The same command with the number of epochs that run was begun with.
  /// - Throws: What keeps it from training, or from writing the model.
  private func train(_ words: [String], continuing earlier: EarlierRun?, begun: TrainCommand) throws {
    guard let output else { throw Self.missingOutput }
    try output.check(
      try output.form(of: .model), inputs: data.inputs + defence.sourceModel + [model].compactMap { $0 },
      force: writing.force)
    var session = try makeSession(words, continuing: earlier, begun: begun, output: output.path)
    let outcome = try session.train()
    let test = try session.testAccuracy()
    let model = try session.modelFile(outcome, testAccuracy: test)
    // Written where it was asked for, or else where it can be.
    let destination =
      Launch.ranks.isFirst
      ? ModelDestination(writing: model, to: output.path, else: checkpoints.checkpoint)
      : ModelDestination(writtenByFirstTo: output.path)
    try session.report(outcome, testAccuracy: test, model: model, destination)
    if let failure = destination.failure { throw failure }
    try check(outcome, of: session.run, destination)
    if let failure = session.store?.failure { throw failure }
  }

  private func makeSession(
    _ words: [String], continuing earlier: EarlierRun?, begun: TrainCommand, output: String
  ) throws -> TrainingSession {
    let inputs = try makeInputs()
    let run = try makeRun(inputs)
    let model = try run.makeModel()
    try DiskSpace.check(for: output, bytes: model.network.parameterCount * MemoryLayout<Float>.stride)
    let provenance = Provenance(
      command: words, seed: execution.seed, version: Provenance.programVersion,
      dataSHA256: inputs.data.properties.sha256)
    let store = try checkpoints.makeStore(
      continuing: earlier, settings: run.checkpointSettings, provenance: provenance)
    let filters =
      execution.report?.showsPictures == true || tensorboard != nil || saveFilters != nil
      ? FilterAlbum(model.network) : nil
    guard saveFilters == nil || filters != nil else {
      throw ValidationError("--save-filters: the first layer has no filters of grey or coloured images.")
    }
    return TrainingSession(
      run: run, model: model,
      resumption: try earlier.map { try Resumption($0, run, begun: try begun.makeRun(inputs)) }, store: store,
      provenance: provenance, printer: ReportPrinter("Training", execution.output), display: execution.display,
      log: try Launch.ranks.isFirst
        ? tensorboard.map { try TensorBoardLog($0, continues: earlier != nil) } : nil,
      filters: filters,
      filterDirectory: try Launch.ranks.isFirst
        ? saveFilters.map { try FilterDirectory($0, force: writing.force || earlier != nil) } : nil)
  }

  /// - Throws: Where the run did not come to its end.
  private func check(_ outcome: TrainingOutcome, of run: TrainRun, _ destination: ModelDestination) throws {
    if let divergence = outcome.divergence {
      throw DivergedRun(
        description: "\(divergence) The weights of epoch \(outcome.bestEpoch ?? outcome.epochs.count) are in "
          + "\(destination.path).")
    }
    guard outcome.isComplete else {
      throw Interruption(
        description: "interrupted after \(outcome.epochs.count) of \(run.plan.loop.epochs) epochs; the weights so far "
          + "are in \(destination.path)" + (checkpoints.checkpoint == nil ? "" : "; --resume continues the run"))
    }
  }
}
