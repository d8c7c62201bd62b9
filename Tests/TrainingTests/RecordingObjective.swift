import Networks
import Synchronization
import Training

/// Plain training that keeps what it was given.
final class RecordingObjective: TrainingObjective {
  private let seen = Mutex<[Minibatch]>([])
  let replays: Int

  init(replays: Int = 1) {
    self.replays = replays
  }

  var batches: [Minibatch] { seen.withLock { $0 } }

  /// The last images seen of every id.
  var images: [Int: [Float]] {
    var result: [Int: [Float]] = [:]
    for batch in batches {
      for (row, id) in batch.examples.ids.enumerated() {
        result[id] = batch.examples.images.examples(row..<row + 1).scalars
      }
    }
    return result
  }

  func pass(through model: some TrainableClassifier, over batch: Minibatch) throws -> ObjectivePass {
    seen.withLock { $0.append(batch) }
    return try StandardObjective().pass(through: model, over: batch)
  }
}
