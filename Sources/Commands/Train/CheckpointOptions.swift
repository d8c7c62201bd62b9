internal import Arguments
internal import Exchange
internal import Networks
internal import Training

/// Where a run that may be stopped keeps its state.
struct CheckpointOptions: OptionGroup {
  static let title = "Checkpoints"

  @Option(
    help: "Keep the state of the run in this directory: after every epoch, and at Ctrl-C.", valueName: "directory",
    completion: .directory)
  var checkpoint: String?
  @Option(help: "Keep it this often within an epoch too.", valueName: "minutes") var checkpointEvery: Double?
  @Flag(
    help: """
      Continue the run whose state is there, with its options; the weights become, bit for bit, those of a run that was \
      never stopped.
      """)
  var resume: Bool

  /// Where states of a run are kept; nil for a run that keeps none, and in all but the first of several processes. The
  /// directory of an earlier run is taken already.
  func makeStore(
    continuing earlier: EarlierRun?, settings: [TrainingSetting], provenance: Provenance
  ) throws -> CheckpointStore? {
    guard let checkpoint, Launch.ranks.isFirst else { return nil }
    return CheckpointStore(
      try earlier?.directory ?? CheckpointDirectory(forNewRun: checkpoint), interval: checkpointEvery.map { $0 * 60 },
      settings: settings, provenance: provenance)
  }

  func validate() throws {
    guard checkpoint != nil || (checkpointEvery == nil && !resume) else {
      throw ValidationError("--resume and --checkpoint-every need --checkpoint <directory>.")
    }
    if let checkpoint { try require(!checkpoint.isEmpty, "checkpoint", "a directory", "nothing") }
    if let minutes = checkpointEvery {
      try require(minutes.isFinite && minutes >= 0, "checkpoint-every", "a number of minutes from 0", minutes)
    }
  }
}
