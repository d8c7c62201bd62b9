import Networks
import Synchronization
import Testing
import Training

@Suite struct ReadImagesTests {
  /// Images that a test reads from memory, and the ranges that were asked for.
  private final class Source: Sendable {
    let whole: LabelledImages
    let asked = Mutex<[Range<Int>]>([])
    let announced = Mutex<[Range<Int>?]>([])

    init(_ whole: LabelledImages) { self.whole = whole }

    func images(rangeSize: Int, rangesPerWindow: Int) throws -> ReadImages {
      let ranges = shardRanges(count: whole.count, size: rangeSize)
      return try ReadImages(
        imageShape: whole.imageShape, labels: whole.labels, ids: whole.ids,
        windows: ShuffleWindows(ranges: ranges, rangesPerWindow: rangesPerWindow)
      ) { range, next in
        self.asked.withLock { $0.append(range) }
        self.announced.withLock { $0.append(next) }
        return self.whole.images.examples(range)
      }
    }
  }

  /// Three classes around the corners of a cube, one after the other, as many files have them.
  private func clusters() throws -> Source {
    var stream = RandomSource(seed: 1).stream(.data)
    let labels = (0..<60).map { $0 / 20 }
    let scalars = labels.flatMap { label in (0..<4).map { ($0 == label ? 1 : 0) + 0.1 * stream.normal() } }
    return Source(
      try LabelledImages(
        images: Tensor(shape: [60, 1, 2, 2], scalars: scalars), labels: labels, ids: (0..<60).map { 100 + $0 }))
  }

  private func same(_ a: LabelledImages, _ b: LabelledImages) -> Bool {
    a.images == b.images && a.labels == b.labels && a.ids == b.ids
  }

  @Test(arguments: [1, 2, 100]) func imagesAreThoseOfTheFileInAnyOrder(rangesPerWindow: Int) throws {
    let source = try clusters()
    let images = try source.images(rangeSize: 7, rangesPerWindow: rangesPerWindow)
    for indices in [[0], [59, 0, 30, 31, 0], Array(0..<60).reversed(), []] {
      #expect(same(try images.gathering(indices), source.whole.gathering(indices)))
    }
  }

  @Test func aRangeInMemoryIsNotReadAgainAndTheOneUsedLeastGivesWay() throws {
    let source = try clusters()
    let images = try source.images(rangeSize: 10, rangesPerWindow: 2)
    _ = try images.gathering([15, 5, 16])
    #expect(source.asked.withLock { $0 } == [0..<10, 10..<20])
    #expect(source.announced.withLock { $0 } == [10..<20, nil], "what is read next is said")
    _ = try images.gathering([1])
    // The second range was used before the first: it gives way. What is in memory is used before it can.
    _ = try images.gathering([45, 2])
    _ = try images.gathering([2, 44])
    #expect(source.asked.withLock { $0 } == [0..<10, 10..<20, 40..<50])
    // More ranges at once than fit: each is read once all the same.
    _ = try images.gathering([0, 10, 20, 30, 0, 10, 20, 30])
    #expect(source.asked.withLock { $0.count } == 6)
  }

  @Test func aSplitIsThatOfTheSameImagesInMemory() throws {
    let source = try clusters()
    let images = try source.images(rangeSize: 7, rangesPerWindow: 2)
    let (training, validation) = try images.split(validationFraction: 0.2, random: RandomSource(seed: 3))
    let inMemory = try source.whole.split(validationFraction: 0.2, random: RandomSource(seed: 3))
    for (read, whole) in [(training, inMemory.training), (validation, inMemory.validation)] {
      #expect(same(try read.gathering(Array(0..<read.count)), whole))
      #expect(read.windows.count == read.count && read.windows.ranges.allSatisfy { !$0.isEmpty })
      #expect(Array(read.windows.ranges.joined()) == Array(0..<read.count))
    }
    #expect(throws: TrainingError.self) {
      try ReadImages(
        imageShape: [1, 2, 2], labels: [0], ids: [0], windows: ShuffleWindows(count: 2)
      ) { _, _ in Tensor(shape: [2, 1, 2, 2]) }
    }
  }

  private func trained(_ images: any TrainingImages, _ validation: (any TrainingImages)? = nil) throws -> Parameters {
    let model = try SoftmaxRegression(inputShape: [1, 2, 2], classCount: 3)
    var optimizer = Adam()
    var loop = TrainingLoop(epochs: 3, batchSize: 7, learningRate: 0.1)
    loop.augmentations = [HorizontalFlip(), Mixup(alpha: 0.5)]
    loop.averaging = .stochastic(fromEpoch: 1)
    let outcome = try loop.run(model, on: images, validation: validation, optimizer: &optimizer)
    #expect(outcome.isComplete)
    return model.parameters
  }

  /// One window is the order of images in memory. Of several windows only the order counts, not what is in memory.
  @Test func aRunOverAFileIsTheSameAsInMemory() throws {
    let source = try clusters()
    let inMemory = try trained(source.whole, source.whole)
    let images = try source.images(rangeSize: 60, rangesPerWindow: 1)
    #expect(try trained(images, images) == inMemory)
    let parts = try source.images(rangeSize: 6, rangesPerWindow: 10)
    #expect(try trained(parts, parts) == inMemory)
    let windowed = try source.images(rangeSize: 6, rangesPerWindow: 4)
    let weights = try trained(windowed, windowed)
    let again = try trained(source.images(rangeSize: 6, rangesPerWindow: 4))
    #expect(weights != inMemory && weights == again)
  }

  /// A window that goes by is read once in an epoch: ten ranges, whose images batches of 7 take in no order of ranges.
  @Test func anEpochReadsEachRangeOnce() throws {
    let source = try clusters()
    let images = try source.images(rangeSize: 6, rangesPerWindow: 3)
    for indices in Minibatches(images.windows, batchSize: 7, random: RandomSource(seed: 0)).order(ofEpoch: 0).batches {
      _ = try images.gathering(indices)
    }
    let asked = source.asked.withLock { $0 }
    #expect(asked.count == 10 && Set(asked).count == 10)
  }

  @Test func whatReadingThrowsEndsTheRun() throws {
    struct Unreadable: Error {}
    let images = try ReadImages(
      imageShape: [1, 2, 2], labels: [0, 1], ids: [0, 1], windows: ShuffleWindows(count: 2),
      read: { _, _ in throw Unreadable() })
    #expect(throws: Unreadable.self) { try trained(images) }
  }
}
