internal import Arguments
internal import Exchange
internal import Glibc
internal import HDF5
internal import Networks
internal import Training

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// The state of a run of training in a directory: one file, replaced as a whole.
final class CheckpointStore {
  /// The file.
  let path: String
  private let settings: [TrainingSetting]
  private let provenance: Provenance
  private let interval: Double?
  private var lastTime = ContinuousClock.now
  /// Why the last state could not be kept.
  private(set) var failure: (any Error)?

  /// Prepares a directory, which is made where it does not exist.
  ///
  /// - Parameters:
  ///   - options: Where, and how often.
  ///   - settings: What must be the same for the run to be continued.
  ///   - provenance: What wrote the file.
  /// - Throws: Where the directory cannot be written to, or holds another run.
  init?(_ options: CheckpointOptions, settings: [TrainingSetting], provenance: Provenance) throws {
    guard let directory = options.checkpoint else { return nil }
    path = directory + "/checkpoint.h5"
    self.settings = settings
    self.provenance = provenance
    interval = options.checkpointEvery.map { $0 * 60 }
    let exists = access(path, F_OK) == 0
    guard options.resume || !exists else {
      throw ValidationError(
        "There is a run in \(path) already: --resume continues it; remove it, or choose another directory, to begin anew."
      )
    }
    guard !options.resume else { return }
    try makeDirectory(directory)
    _ = try AtomicFile(replacing: path)
  }

  /// For the loop. A state that cannot be kept costs nothing but itself: the one before it stays, and the run goes on.
  ///
  /// - Parameter warn: Told of the first such state in a row.
  /// - Returns: What the loop calls.
  func checkpoints(warn: @escaping (String) -> Void) -> TrainingCheckpoints {
    TrainingCheckpoints(isDue: isDue) { [self] state in
      do {
        try write(state)
        failure = nil
      } catch {
        if failure == nil { warn("cannot keep the state of the run, the last one kept stays: \(error)") }
        failure = error
      }
      lastTime = .now
    }
  }

  private func isDue() -> Bool {
    guard let interval else { return false }
    return (ContinuousClock.now - lastTime) / .seconds(1) >= interval
  }

  /// The state of the run, of this network and these settings.
  func read(_ reader: Reader, network: Network) throws -> TrainingState {
    let file = try reader.checkpoint(path)
    try check(try decoded(file.settings, "/settings"))
    let record: StateRecord = try decoded(file.state, "/state")
    guard let parameters = file.parameterSets["weights"] else {
      throw ExchangeError(kind: .content, file: path, object: "/parameters", message: "expected the set 'weights'")
    }
    guard record.isPossible else {
      throw ExchangeError(kind: .content, file: path, object: "/state", message: "expected counts of at least 0")
    }
    try check(file.parameterSets, network)
    let complete = ["weights", "average", "best", "previous", "averaged"].compactMap { file.parameterSets[$0] }
    for set in complete { try network.check(set) }
    return record.state(parameters: parameters, sets: file.parameterSets, memory: file.tensors["memory"])
  }

  /// Whatever set: tensors of parameters of the network, in their shapes.
  private func check(_ sets: [String: Parameters], _ network: Network) throws {
    let shapes = Dictionary(uniqueKeysWithValues: network.parameterSpecifications.map { ($0.key, $0.shape) })
    for (name, set) in sets {
      for (key, tensor) in set.tensors where shapes[key] != tensor.shape {
        throw ExchangeError(
          kind: .content, file: path, object: "/parameters/\(name)/\(key)",
          message: "expected \(shapes[key].map { "the shape \($0)" } ?? "no such parameter"), found \(tensor.shape)")
      }
    }
  }

  private func write(_ state: TrainingState) throws {
    let sets: [String: Parameters?] = [
      "weights": state.parameters, "first": state.optimizer.first, "second": state.optimizer.second,
      "average": state.optimizer.average, "best": state.selection.best?.parameters,
      "previous": state.selection.previous?.parameters, "averaged": state.selection.averaged,
    ]
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    try CheckpointFile(
      settings: String(decoding: encoder.encode(settings), as: UTF8.self),
      state: String(decoding: encoder.encode(StateRecord(state)), as: UTF8.self),
      parameterSets: sets.compactMapValues { $0 },
      tensors: state.memory.map { ["memory": $0] } ?? [:], provenance: provenance
    ).write(to: path)
  }

  private func decoded<Value: Decodable>(_ text: String, _ object: String) throws -> Value {
    do {
      return try JSONDecoder().decode(Value.self, from: Data(text.utf8))
    } catch {
      throw ExchangeError(
        kind: .content, file: path, object: object, message: "expected JSON of a checkpoint: \(error)")
    }
  }

  /// A run is continued with the settings it was begun with.
  private func check(_ found: [TrainingSetting]) throws {
    let (there, here) = (Self.byName(found), Self.byName(settings))
    let names = Set(there.keys).union(here.keys).sorted()
    let differences = names.filter { there[$0] != here[$0] }.map { name in
      "\(name.split(separator: "_").joined(separator: " ")) is \(there[name] ?? "not set") there and "
        + "\(here[name] ?? "not set") here"
    }
    guard differences.isEmpty else {
      throw MismatchedFile(
        description: "\(path): expected a run with these settings and data, found another: "
          + differences.joined(separator: "; "))
    }
  }

  private static func byName(_ settings: [TrainingSetting]) -> [String: String] {
    Dictionary(grouping: settings, by: \.name).mapValues { $0.map(\.value.text).joined(separator: ", ") }
  }
}

/// The part of a state that is no tensor.
private struct StateRecord: Codable {
  struct Candidate: Codable {
    let epoch: Int
    let score: Double
  }

  let epochs: [EpochRecord]
  let progress: EpochProgress
  let updates: Int
  let averagedCount: Int
  let best: Candidate?
  let previous: Candidate?
  let collapsedEpoch: Int?

  init(_ state: TrainingState) {
    epochs = state.epochs
    progress = state.progress
    updates = state.optimizer.updates
    averagedCount = state.optimizer.averagedCount
    best = state.selection.best.map { Candidate(epoch: $0.epoch, score: $0.score) }
    previous = state.selection.previous.map { Candidate(epoch: $0.epoch, score: $0.score) }
    collapsedEpoch = state.selection.collapsedEpoch
  }

  var isPossible: Bool {
    [updates, averagedCount, progress.updates, progress.correctCount].allSatisfy {
      (0...1_000_000_000_000).contains($0)
    }
      && progress.seconds.isFinite
  }

  func state(parameters: Parameters, sets: [String: Parameters], memory: Tensor<Float>?) -> TrainingState {
    var optimizer = OptimizerState()
    optimizer.updates = updates
    optimizer.averagedCount = averagedCount
    optimizer.first = sets["first"] ?? Parameters()
    optimizer.second = sets["second"] ?? Parameters()
    optimizer.average = sets["average"] ?? Parameters()
    func candidate(_ record: Candidate?, _ name: String) -> EpochSelection.Candidate? {
      guard let record, let parameters = sets[name] else { return nil }
      return EpochSelection.Candidate(epoch: record.epoch, score: record.score, parameters: parameters)
    }
    var selection = EpochSelection()
    selection.best = candidate(best, "best")
    selection.previous = candidate(previous, "previous")
    selection.averaged = sets["averaged"]
    selection.collapsedEpoch = collapsedEpoch
    return TrainingState(
      parameters: parameters, optimizer: optimizer, memory: memory, epochs: epochs, progress: progress,
      selection: selection)
  }
}
