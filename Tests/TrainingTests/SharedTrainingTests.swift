import Compute
import Networks
import TestSupport
import Testing
import Training

/// Training by several ranks gives the weights of one, bit for bit.
@Suite struct SharedTrainingTests {
  private static func examples(_ count: Int, seed: UInt64) throws -> LabelledImages {
    var stream = RandomSource(seed: seed).stream(.data)
    let labels = (0..<count).map { $0 % 4 }
    let scalars = labels.flatMap { label in (0..<50).map { Float($0 % 4 == label ? 1 : 0) + 0.3 * stream.normal() } }
    return try LabelledImages(images: Tensor(shape: [count, 2, 5, 5], scalars: scalars), labels: labels)
  }

  private static func model(_ workers: Workers) throws -> CompiledModel {
    let network = try Network.chain(
      .convolution(Convolution(outputChannels: 4, kernel: Extent(3))), .batchNormalization(BatchNormalization()),
      .activation(.relu), .flatten(.channelsFirst), .dense(Dense(outputs: 4)), from: [2, 5, 5])
    return try CompiledModel(
      network: network, parameters: Parameters.initial(for: network, random: RandomSource(seed: 2)), workers: workers)
  }

  private struct Result: Sendable {
    let parameters: Parameters
    let epochs: [EpochRecord]
    let isComplete: Bool
    let updates: Int
  }

  private static func train(_ ranks: any Ranks, cancelledAfter updates: Int = .max) throws -> Result {
    let workers = Workers(count: 1 + ranks.own % 2, ranks: ranks)
    let model = try model(workers)
    var loop = TrainingLoop(epochs: 2, batchSize: 200, learningRate: 0.01, selection: .bestClean)
    loop.workers = workers
    loop.augmentations = [RandomCrop(padding: 1)]
    loop.averaging = .stochastic(fromEpoch: 0)
    var optimizer = Adam()
    var done = 0
    let outcome = try loop.run(
      model, on: examples(450, seed: 1), validation: examples(37, seed: 9), optimizer: &optimizer,
      // The last rank alone hears of it.
      isCancelled: { ranks.own == ranks.count - 1 && done >= updates }
    ) { if case .update = $0 { done += 1 } }
    let epochs = outcome.epochs.map { record in
      var record = record
      record.seconds = 0
      return record
    }
    return Result(parameters: model.parameters, epochs: epochs, isComplete: outcome.isComplete, updates: done)
  }

  @Test func weightsDoNotDependOnRanks() throws {
    let alone = try Self.train(OneRank())
    #expect(alone.epochs.count == 2)
    for count in 2...4 {
      for found in try ThreadRanks.run(count, { try Self.train($0) }) {
        #expect(found.parameters == alone.parameters)
        #expect(found.epochs == alone.epochs)
      }
    }
  }

  @Test func allRanksEndWhereOneIsCancelled() throws {
    let alone = try Self.train(OneRank(), cancelledAfter: 2)
    for found in try ThreadRanks.run(3, { try Self.train($0, cancelledAfter: 2) }) {
      #expect(!found.isComplete && found.updates == 2)
      #expect(found.parameters == alone.parameters)
    }
  }
}
