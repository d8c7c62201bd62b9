internal import Arguments
internal import Exchange
internal import Isolation
internal import Networks

/// An earlier run that is to be continued, from its checkpoint.
struct EarlierRun {
  let directory: CheckpointDirectory
  let file: CheckpointFile

  /// Takes the directory and reads the state. Of several processes the first `takes` it, and the others read.
  init(_ path: String, _ reader: Reader, takes: Bool = true) throws {
    directory = takes ? try CheckpointDirectory(path) : CheckpointDirectory(takenByFirst: path)
    file = try reader.read(CheckpointRequest(path: directory.file))
  }

  /// The command line of the run with what is given now instead, and the command that it stands for.
  ///
  /// - Parameters:
  ///   - given: The words behind `train` that were typed now.
  ///   - keepsEpochs: Whether the number of epochs is that of the run, whatever is given.
  /// - Returns: The command, and its words with `train` before them.
  /// - Throws: Where the two do not go together.
  func command(with given: [String], keepsEpochs: Bool) throws -> (command: TrainCommand, words: [String]) {
    // Options of the earlier command line are kept, but for those that say how it was shown.
    let own: [String]
    do {
      own = try Parser.merging([], over: earlierWords, dropping: Self.presentation, for: TrainCommand.self)
    } catch {
      throw ExchangeError(
        file: directory.file, object: "/", expected: "the command line of a run of train in the attribute command",
        found: file.provenance.command.joined(separator: " "))
    }
    var words = try Parser.merging(given, over: own, dropping: [], for: TrainCommand.self)
    if keepsEpochs {
      words.removeAll { $0.hasPrefix(Self.epochs) }
      words += own.filter { $0.hasPrefix(Self.epochs) }
    }
    words = [Self.name] + words
    guard case .run(let command as TrainCommand, _) = try Parser(root: AdvLab.self).parse(words) else {
      throw ValidationError("--help and the like do not go with --resume.")
    }
    return (command, words)
  }

  private var earlierWords: [String] { Array(file.provenance.command.drop { $0 == Self.name }) }

  private static let name = "train"
  private static let epochs = "--epochs="
  private static let presentation: Set<String> = ["quiet", "json", "resume"]
}
