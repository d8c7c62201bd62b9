import Compute
import Networks
import TestSupport
import Testing

/// A training pass is the same, bit for bit, however many ranks share it.
@Suite struct ShardSumTests {
  /// With so many weights that ranks add up a stretch of the gradient each, while they all add up what batch normalisation
  /// needs.
  private func network() throws -> Network {
    try .chain(
      .convolution(Convolution(outputChannels: 6, kernel: Extent(3))), .batchNormalization(BatchNormalization()),
      .activation(.relu), .flatten(.channelsFirst), .dropout(rate: 0.25), .dense(Dense(outputs: 301)),
      .activation(.relu), .dense(Dense(outputs: 5)), from: [2, 6, 6])
  }

  private func pass(_ count: Int, _ ranks: any Ranks, threads: Int = 1) throws -> TrainingPass<Float> {
    let network = try network()
    let model = try CompiledModel(
      network: network, parameters: Parameters.initial(for: network, random: RandomSource(seed: 3)),
      workers: Workers(count: threads, ranks: ranks))
    var stream = RandomSource(seed: 5).stream(.data)
    let shape = network.inputShape.batched(count)
    let images = Tensor(shape: shape, scalars: (0..<shape.count).map { _ in stream.normal() })
    let context = TrainingContext(seed: 1, step: 2, exampleIDs: Array(0..<count))
    return try model.trainingPass(at: images, context: context) { logits, rows in
      Loss.crossEntropy(logits, labels: rows.map { $0 % 5 }).gradient
    }
  }

  /// Up to 7 shards for up to 4 ranks, some of which have none.
  @Test(arguments: [30, 128, 420]) func passDoesNotDependOnRanks(count: Int) throws {
    let alone = try pass(count, OneRank())
    for rankCount in 2...4 {
      for found in try ThreadRanks.run(rankCount, { try self.pass(count, $0, threads: $0.own + 1) }) {
        #expect(found.logits == alone.logits)
        #expect(found.gradients == alone.gradients)
        #expect(found.batchStatistics == alone.batchStatistics)
      }
    }
  }
}
