import Compute
import Networks
import Testing

@Suite struct PlanSizesTests {
  @Test func partsCoverABatchOnceInOrder() throws {
    for side in [8, 64, 512] {
      let sizes = PlanSizes(try Network(inputShape: [3, side, side]))
      for count in [0, 1, 2, 5, 127, 128, 129, 300, 1001] {
        let parts = sizes.parts(of: count)
        #expect(parts.flatMap { Array($0.range) } == Array(0..<count))
        // Below 16 rows oneDNN's inner products sum in another order.
        #expect(parts.allSatisfy { $0.size >= max(16, $0.range.count) })
      }
    }
  }

  @Test func largeImagesGetSmallPlans() throws {
    let small = PlanSizes(try Network(inputShape: [1, 8, 8])).parts(of: 1000).map(\.size).max()
    let large = PlanSizes(try Network(inputShape: [64, 512, 512])).parts(of: 1000).map(\.size).max()
    #expect(small == 256 && large == 16)
  }
}
