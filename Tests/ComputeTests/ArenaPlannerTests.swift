import Compute
import Networks
import Testing

@Suite struct ArenaPlannerTests {
  private struct Use {
    let buffer: Buffer
    let byteCount: Int
    let lifetime: ClosedRange<Int>
  }

  /// Random buffers with random lifetimes: those alive at one step never share a byte.
  @Test(arguments: 0..<20) func buffersAliveTogetherDoNotOverlap(_ seed: UInt64) {
    var stream = RandomSource(seed: seed).stream(.check)
    var planner = ArenaPlanner()
    let uses = (0..<40).map { _ in
      let byteCount = 1 + stream.integer(below: 5000)
      let first = stream.integer(below: 50)
      let last = first + stream.integer(below: 20)
      let buffer = planner.request(byteCount: byteCount)
      planner.use(buffer, at: last)
      planner.use(buffer, at: first)
      return Use(buffer: buffer, byteCount: byteCount, lifetime: first...last)
    }
    let (offsets, total) = planner.place()
    for (index, a) in uses.enumerated() {
      let start = offsets[a.buffer.index]
      #expect(start % 64 == 0 && start + a.byteCount <= total)
      for b in uses.dropFirst(index + 1) where a.lifetime.overlaps(b.lifetime) {
        let other = offsets[b.buffer.index]
        #expect(start + a.byteCount <= other || other + b.byteCount <= start)
      }
    }
  }

  @Test func buffersOneAfterTheOtherShareMemory() {
    var planner = ArenaPlanner()
    for step in 0..<10 { planner.use(planner.request(byteCount: 1000), at: step) }
    #expect(planner.place().byteCount == 1024)
  }

  @Test func aBufferNobodyUsesTakesNoRoom() {
    var planner = ArenaPlanner()
    _ = planner.request(byteCount: 1 << 30)
    #expect(planner.place().byteCount == 64)
  }
}
