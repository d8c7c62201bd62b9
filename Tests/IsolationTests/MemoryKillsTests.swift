import Glibc
import Isolation
import Testing

@Suite struct MemoryKillsTests {
  @Test func theCountIsReadFromTheSystem() throws {
    #expect(try #require(MemoryKills.count) >= 0)
    // As memory.events and vmstat have it.
    #expect(MemoryKills.count(in: "low 0\nmax 3\noom 1\noom_kill 7\noom_group_kill 9\n") == 7)
    #expect(MemoryKills.count(in: "nr_free_pages 12\noom_kill 0\n") == 0)
    #expect(MemoryKills.count(in: "oom_kill\noom_kill x\n") == nil)
    #expect(MemoryKills.count(in: "") == nil)
  }

  @Test func causesAreDistinguished() {
    #expect(MemoryKills.explanation(ofSignal: SIGTERM, countBefore: -1) == "was ended from outside (signal 15)")
    #expect(MemoryKills.explanation(ofSignal: SIGKILL, countBefore: -1).hasSuffix("which had run out of memory"))
    #expect(MemoryKills.explanation(ofSignal: SIGKILL, countBefore: .max).hasSuffix("not for want of memory"))
    #expect(MemoryKills.explanation(ofSignal: SIGKILL, countBefore: nil).contains("perhaps the machine ran"))
  }
}
