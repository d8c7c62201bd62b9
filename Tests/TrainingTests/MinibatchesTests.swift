import Networks
import Testing
import Training

@Suite struct MinibatchesTests {
  private let batches = Minibatches(count: 103, batchSize: 10, random: RandomSource(seed: 4))

  @Test func everyImageOncePerEpochAndThePartialBatchKept() {
    let indices = batches.indices(ofEpoch: 0)
    #expect(batches.perEpoch == 11)
    #expect(indices.map(\.count) == Array(repeating: 10, count: 10) + [3])
    #expect(indices.joined().sorted() == Array(0..<103))
    #expect(Minibatches(count: 100, batchSize: 10, random: RandomSource(seed: 4)).perEpoch == 10)
    #expect(Minibatches(count: 0, batchSize: 10, random: RandomSource(seed: 4)).indices(ofEpoch: 0).isEmpty)
  }

  @Test func epochsAndSeedsDiffer() {
    #expect(batches.indices(ofEpoch: 1) != batches.indices(ofEpoch: 0))
    #expect(batches.indices(ofEpoch: 1) == batches.indices(ofEpoch: 1))
    let other = Minibatches(count: 103, batchSize: 10, random: RandomSource(seed: 5))
    #expect(other.indices(ofEpoch: 0) != batches.indices(ofEpoch: 0))
  }
}
