import Compute
import Networks
import Testing

@Suite struct PlanSizesTests {
  @Test func partsCoverABatchOnceInOrder() throws {
    for side in [8, 64, 512] {
      let sizes = try PlanSizes(try Network(inputShape: [3, side, side]))
      for count in [0, 1, 2, 5, 127, 128, 129, 300, 1001] {
        let parts = sizes.parts(of: count)
        #expect(parts.flatMap { Array($0.range) } == Array(0..<count))
        // Below 16 rows oneDNN's inner products sum in another order.
        #expect(parts.allSatisfy { $0.size >= max(16, $0.range.count) })
      }
    }
  }

  @Test func largeImagesGetSmallPlans() throws {
    let small = try PlanSizes(try Network(inputShape: [1, 8, 8])).parts(of: 1000).map(\.size).max()
    let large = try PlanSizes(try Network(inputShape: [64, 512, 512])).parts(of: 1000).map(\.size).max()
    #expect(small == 256 && large == 16)
  }

  @Test func activationsBeyondMemoryAreRefused() throws {
    var network = try Network(inputShape: [1, 8, 8])
    try network.append(.upsampling(Upsampling(factor: Extent(1 << 12))), named: "large")
    _ = try PlanSizes(network, memory: 1 << 36)
    let error = #expect(throws: NetworkError.self) { try PlanSizes(network, memory: 1 << 35) }
    #expect(error?.node == "large")
  }
}
