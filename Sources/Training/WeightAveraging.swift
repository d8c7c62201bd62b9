import Networks

/// A running mean of the weights, which often predicts better, and more robustly, than the weights themselves.
///
/// The mean is kept in the optimiser's state, so that a checkpoint has it; the model is measured with it after every
/// epoch and has it at the end.
public enum WeightAveraging: Hashable, Sendable, Codable {
  /// After every update: mean ← decay · mean + (1 − decay) · weights, running statistics included.
  case exponential(decay: Float)
  /// The plain mean of the weights at the ends of the epochs from this one (counted from 0) on: stochastic weight
  /// averaging, Izmailov et al., arXiv 1803.05407. Running statistics are found anew for it, as the mean of those of
  /// the training set's batches.
  case stochastic(fromEpoch: Int)

  func updateAfterStep(_ state: inout OptimizerState, with parameters: Parameters) {
    if case .exponential(let decay) = self { state.average(parameters, share: 1 - decay) }
  }

  func updateAfterEpoch(_ epoch: Int, _ state: inout OptimizerState, with parameters: Parameters) {
    guard case .stochastic(let first) = self, epoch >= first else { return }
    state.average(parameters, share: 1 / Float(state.averagedCount + 1))
  }

  func check() throws(TrainingError) {
    switch self {
    case .exponential(let decay):
      guard (0..<1).contains(decay) else {
        throw .invalidSetting("decay of the averaged weights", expected: "from 0 to below 1", found: "\(decay)")
      }
    case .stochastic(let first):
      guard first >= 0 else {
        throw .invalidSetting("first averaged epoch", expected: "at least 0", found: "\(first)")
      }
    }
  }
}

extension OptimizerState {
  /// average ← (1 − share) · average + share · parameters; the first parameters as they are.
  fileprivate mutating func average(_ parameters: Parameters, share: Float) {
    averagedCount += 1
    guard averagedCount > 1 else {
      average = parameters
      return
    }
    forEachParameter(&average, gradients: parameters) { _, _, mean, weights in
      for i in mean.indices { mean[i] += share * (weights[i] - mean[i]) }
    }
  }
}

extension TrainableClassifier {
  /// Calls `body` while the model has other weights.
  func withParameters<R>(_ parameters: Parameters?, _ body: () throws -> R) rethrows -> R {
    guard let parameters else { return try body() }
    let own = self.parameters
    updateParameters { $0 = parameters }
    defer { updateParameters { $0 = own } }
    return try body()
  }

  /// Replaces the running statistics by the mean over the batches of a set: PyTorch's `update_bn`.
  func renewRunningStatistics(on examples: any TrainingImages, batchSize: Int, seed: UInt64) throws {
    guard network.nodes.contains(where: \.operation.isBatchNormalization) else { return }
    var mean = Parameters()
    for (index, range) in shardRanges(count: examples.count, size: batchSize).enumerated() {
      let batch = try examples.gathering(Array(range))
      let context = TrainingContext(seed: seed, step: index, exampleIDs: batch.ids)
      let pass = try trainingPass(at: batch.images, context: context) { logits, _ in
        Tensor(shape: logits.shape)
      }
      guard index > 0 else {
        mean = pass.batchStatistics
        continue
      }
      let share = 1 / Float(index + 1)
      forEachParameter(&mean, gradients: pass.batchStatistics) { _, _, mean, batch in
        for i in mean.indices { mean[i] += share * (batch[i] - mean[i]) }
      }
    }
    updateParameters { $0.tensors.merge(mean.tensors) { _, new in new } }
  }
}

extension Operation {
  fileprivate var isBatchNormalization: Bool {
    if case .batchNormalization = self { true } else { false }
  }
}
