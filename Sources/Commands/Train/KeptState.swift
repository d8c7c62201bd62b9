internal import Exchange
internal import Hyperparameters
internal import Networks
internal import Training

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// What the state of a run must agree with, so that the run can be continued.
struct StateExpectation {
  let network: Network
  let optimizer: any Optimizer
  let loop: TrainingLoop
  /// The number of updates of one epoch.
  let updatesPerEpoch: Int
  /// Whether the objective carries a tensor from mini-batch to mini-batch.
  let remembers: Bool
}

extension EarlierRun {
  /// Checks that a run has the settings of this one.
  ///
  /// A hyper-parameter that the checkpoint does not name was none for the program that wrote it, but a constant: the value
  /// that is standard now. So a run that was begun before it was declared goes on.
  func check(_ run: TrainRun) throws {
    let found: [TrainingSetting] = try decoded(file.settings, "/settings")
    let standard = Self.byName(try run.standardSettings)
    let here = Self.byName(run.checkpointSettings)
    let there = Self.byName(found).merging(standard.filter { here[$0.key] != nil }) { own, _ in own }
    let names = Set(there.keys).union(here.keys).sorted()
    let differences = names.filter { there[$0] != here[$0] }.map { name in
      "\(name.split(separator: "_").joined(separator: " ")) is \(Self.text(there[name])) there and \(Self.text(here[name])) here"
    }
    guard differences.isEmpty else {
      throw MismatchedFile(
        description: "\(directory.file): expected a run with these settings and data, found another: "
          + differences.joined(separator: "; "))
    }
  }

  /// The state of the run. A state that no run can reach is refused: it was made by hand, and no command line would give
  /// the model that it leads to.
  func state(_ expectation: StateExpectation) throws -> TrainingState {
    let record: StateRecord = try decoded(file.state, "/state")
    guard let parameters = file.parameterSets["weights"] else {
      throw failure("/parameters", "expected the set 'weights'")
    }
    let state = record.state(
      parameters: parameters, sets: file.parameterSets, memory: file.tensors["memory"],
      lastIsWeights: file.parameterSets["last"] == nil)
    try check(record, expectation)
    try checkSets(record, expectation)
    for set in ["weights", "average", "best", "good", "last"] {
      guard let found = file.parameterSets[set] else { continue }
      do {
        try expectation.network.check(found)
      } catch {
        throw failure("/parameters/\(set)", error.description)
      }
    }
    try checkMemory(state, expectation)
    return state
  }

  private func check(_ record: StateRecord, _ expectation: StateExpectation) throws {
    func require(_ holds: Bool, _ expected: String, _ found: String) throws {
      guard holds else { throw failure("/state", "expected \(expected), found \(found)") }
    }
    let (epochs, updates) = (record.epochs.count, record.progress.updates)
    try require(
      record.isPossible && updates <= expectation.updatesPerEpoch,
      "counts from 0 to the \(expectation.updatesPerEpoch) updates of an epoch", "others")
    try require(
      record.epochs.map(\.epoch) == (0..<epochs).map { $0 + 1 } && epochs <= expectation.loop.epochs,
      "epochs 1, 2, … up to \(expectation.loop.epochs)", "\(record.epochs.map(\.epoch))")
    let made = epochs * expectation.updatesPerEpoch + updates
    try require(
      record.collapse != nil ? record.updates <= made : record.updates == made,
      "\(made) updates of the optimiser after \(epochs) epochs and \(updates) updates", "\(record.updates)")
    if case .exponential = expectation.loop.averaging {
      let (needed, found) = (record.updates, record.averagedCount)
      try require(found == needed, "a mean of \(needed) weights", "\(found)")
    }
    try require(
      expectation.loop.selection == .last || epochs == 0 || record.best != nil, "the best of \(epochs) epochs", "none")
    try require(record.collapse == nil || record.good != nil, "weights from before the collapse", "none")
  }

  /// Checks the tensors that the optimiser, the averages and the choice of epochs need.
  private func checkSets(_ record: StateRecord, _ expectation: StateExpectation) throws {
    let (network, optimizer) = (expectation.network, expectation.optimizer)
    let specifications = network.parameterSpecifications
    let shapes = Dictionary(uniqueKeysWithValues: specifications.map { ($0.key, $0.shape) })
    for (name, set) in file.parameterSets {
      for (key, tensor) in set.tensors where shapes[key] != tensor.shape {
        throw failure(
          "/parameters/\(name)/\(key)",
          "expected \(shapes[key].map { "the shape \($0)" } ?? "no such parameter"), found \(tensor.shape)")
      }
    }
    let moments = [("first", optimizer.hasFirstMoment), ("second", optimizer.hasSecondMoment)]
    for (name, isNeeded) in moments where isNeeded && record.updates > 0 {
      for specification in specifications where specification.isTrainable {
        guard file.parameterSets[name]?.tensors[specification.key] == nil else { continue }
        throw failure(
          "/parameters/\(name)",
          "expected what \(type(of: optimizer).method.name) remembers of \(specification.key) after \(record.updates) "
            + "updates, found nothing: the run cannot go on as it would have")
      }
    }
    let needed = [("average", record.averagedCount > 0), ("best", record.best != nil), ("good", record.good != nil)]
    for (name, isNeeded) in needed where isNeeded && file.parameterSets[name] == nil {
      throw failure("/parameters", "expected the set '\(name)', of which /state speaks")
    }
  }

  private func checkMemory(_ state: TrainingState, _ expectation: StateExpectation) throws {
    guard expectation.remembers, state.optimizer.updates > 0 else { return }
    let shape = expectation.network.inputShape
    let largest = expectation.loop.batchSize
    guard let memory = state.memory, memory.shape.rank > 0, memory.shape.example == shape,
      (1...largest).contains(memory.exampleCount)
    else {
      throw failure(
        "/tensors/memory",
        "expected the perturbation of a mini-batch, N×\(shape), found "
          + (state.memory.map { "\($0.shape)" } ?? "none"))
    }
  }

  private func decoded<Value: Decodable>(_ text: String, _ object: String) throws -> Value {
    do {
      return try JSONDecoder().decode(Value.self, from: Data(text.utf8))
    } catch {
      throw failure(object, "expected JSON of a checkpoint: \(error)")
    }
  }

  private func failure(_ object: String, _ message: String) -> ExchangeError {
    ExchangeError(kind: .content, file: directory.file, object: object, message: message)
  }

  private static func byName(_ settings: [TrainingSetting]) -> [String: [HyperparameterValue]] {
    Dictionary(grouping: settings, by: \.name).mapValues { $0.map(\.value) }
  }

  private static func text(_ values: [HyperparameterValue]?) -> String {
    values?.map(\.text).joined(separator: ", ") ?? "not set"
  }
}
