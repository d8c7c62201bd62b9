import Compute
import Networks
import Testing

@Suite struct PlanSizesTests {
  @Test(arguments: [Processor.wideBatchSizes, Processor.narrowBatchSizes])
  func partsCoverABatchOnceInOrder(allowed: [Int]) throws {
    for side in [8, 64, 512] {
      let sizes = try PlanSizes(try Network(inputShape: [3, side, side]), allowed: allowed)
      for count in [0, 1, 2, 5, 127, 128, 129, 300, 1001] {
        let parts = sizes.parts(of: count)
        #expect(parts.flatMap { Array($0.range) } == Array(0..<count))
        #expect(parts.allSatisfy { $0.size >= $0.range.count && allowed.contains($0.size) })
      }
    }
  }

  @Test func largeImagesGetSmallPlans() throws {
    func largest(_ shape: Shape) throws -> Int? {
      let sizes = try PlanSizes(try Network(inputShape: shape), allowed: Processor.wideBatchSizes)
      return sizes.parts(of: 1000).map(\.size).max()
    }
    #expect(try largest([1, 8, 8]) == 256)
    #expect(try largest([64, 512, 512]) == 8)
  }

  @Test func activationsBeyondMemoryAreRefused() throws {
    var network = try Network(inputShape: [1, 8, 8])
    try network.append(.upsampling(Upsampling(factor: Extent(1 << 12))), named: "large")
    // Image and output are there at once, 8 times, and a table of one place and weight for each of 2³⁰ pixels.
    let needed = 1 << 35 + 1 << 11 + network.tableByteCount
    #expect(network.tableByteCount == 12 << 30 + 4)
    _ = try PlanSizes(network, memory: needed, allowed: Processor.wideBatchSizes)
    let error = #expect(throws: NetworkError.self) {
      try PlanSizes(network, memory: needed - 1, allowed: Processor.wideBatchSizes)
    }
    #expect(
      error?.description == "Expected a network that fits into memory, of which 47.2 GB are left, found one that needs "
        + "47.2 GB for the activations of 8 images.")
  }

  /// Every one of them fits, together they do not.
  @Test func theSumOfWhatIsHeldAtOnceIsChecked() throws {
    var network = try Network(inputShape: [1, 8, 8])
    var parts: [Int] = []
    for index in 0..<30 {
      parts.append(
        try network.append(.upsampling(Upsampling(factor: Extent(1 << 8))), named: "large\(index)", to: [0]))
    }
    try network.append(.concatenate(axis: 0), named: "all", to: parts)
    let one = 1 << 22
    // The image is not needed any more when the parts are joined.
    #expect(network.largestLiveCount == 60 * one)
    #expect(network.activationCount == 60 * one + 64)
    #expect(throws: NetworkError.self) {
      try PlanSizes(network, memory: 60 * one * 8 * 4, allowed: Processor.wideBatchSizes)
    }
    _ = try PlanSizes(network, memory: 61 * one * 8 * 4 + network.tableByteCount, allowed: Processor.wideBatchSizes)
    // A chain holds two at a time, however long it is.
    var chain = try Network(inputShape: [1, 2048, 2048])
    for index in 0..<30 { try chain.append(.activation(.relu), named: "relu\(index)") }
    #expect(chain.largestLiveCount == 2 * one)
    #expect(chain.activationCount == 31 * one)
  }

  @Test func moreThanTheFreeMemoryIsRefused() {
    #expect((1 << 20)...(1 << 50) ~= MemoryLimit.remaining)
    #expect(throws: NetworkError.self) { try MemoryLimit.check(1 << 60, for: "for a test") }
    #expect(throws: Never.self) { try MemoryLimit.check(1 << 10, for: "for a test") }
  }
}
