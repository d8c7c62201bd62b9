internal import Networks
internal import Training

/// The state of a run without its tensors.
struct StateRecord: Codable {
  struct Candidate: Codable {
    let epoch: Int
    let score: Double
    let update: Int?

    init?(_ candidate: EpochSelection.Candidate?) {
      guard let candidate else { return nil }
      (epoch, score, update) = (candidate.epoch, candidate.score, candidate.update)
    }
  }

  let epochs: [EpochRecord]
  let progress: EpochProgress
  let updates: Int
  let averagedCount: Int
  let best: Candidate?
  let good: Candidate?
  let looks: [Double]?
  let collapse: Collapse?

  init(_ state: TrainingState) {
    epochs = state.epochs
    progress = state.progress
    updates = state.optimizer.updates
    averagedCount = state.optimizer.averagedCount
    best = Candidate(state.selection.best)
    good = Candidate(state.selection.good)
    looks = state.selection.looks
    collapse = state.selection.collapse
  }

  var isPossible: Bool {
    [updates, averagedCount, progress.updates, progress.correctCount].allSatisfy {
      (0...1_000_000_000_000).contains($0)
    }
      && progress.seconds.isFinite
      && [best, good].compactMap(\.self).allSatisfy { candidate in
        candidate.score.isFinite && (1...max(epochs.count + 1, 1)).contains(candidate.epoch)
      }
      && (looks ?? []).allSatisfy { (0...1).contains($0) }
  }

  func state(
    parameters: Parameters, sets: [String: Parameters], memory: Tensor<Float>?, lastIsWeights: Bool
  ) -> TrainingState {
    var optimizer = OptimizerState()
    optimizer.updates = updates
    optimizer.averagedCount = averagedCount
    optimizer.first = sets["first"] ?? Parameters()
    optimizer.second = sets["second"] ?? Parameters()
    optimizer.average = sets["average"] ?? Parameters()
    func candidate(_ record: Candidate?, _ name: String) -> EpochSelection.Candidate? {
      guard let record, let parameters = sets[name] else { return nil }
      return EpochSelection.Candidate(
        epoch: record.epoch, score: record.score, update: record.update, parameters: parameters)
    }
    var selection = EpochSelection()
    selection.best = candidate(best, "best")
    selection.good = candidate(good, "good")
    selection.last = epochs.isEmpty ? nil : lastIsWeights ? parameters : sets["last"]
    selection.looks = looks ?? []
    selection.collapse = collapse
    return TrainingState(
      parameters: parameters, optimizer: optimizer, memory: memory, epochs: epochs, progress: progress,
      selection: selection)
  }
}
