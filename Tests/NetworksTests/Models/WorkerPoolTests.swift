import Glibc
import Networks
import Synchronization
import Testing

@Suite struct WorkerPoolTests {
  /// Workers inside workers, from many threads at once: nobody waits for somebody who waits.
  @Test func callsMayBeNested() throws {
    let sums = try Workers(count: 8).map(12) { outer in
      try Workers(count: 4).map(9) { inner in
        try Workers(count: 3).map(5) { outer * 100 + inner * 10 + $0 }.reduce(0, +)
      }.reduce(0, +)
    }
    #expect(sums == (0..<12).map { outer in 45 * 100 * outer + 10 * 5 * 36 + 9 * 10 })
  }

  @Test func manyShortCalls() throws {
    for round in 0..<5000 {
      #expect(try Workers(count: 4).map(3) { $0 + round } == [round, round + 1, round + 2])
    }
  }

  /// Several threads do the work where the machine has several processors.
  @Test func helpersTakePartOfTheWork() throws {
    guard sysconf(Int32(_SC_NPROCESSORS_ONLN)) > 1 else { return print("Skipped: one processor.") }
    let threads = Mutex<Set<UInt>>([])
    // On a busy machine a helper may come late; so long as there is work it comes.
    for _ in 0..<100 where threads.withLock({ $0.count }) < 2 {
      _ = try Workers(count: 2).map(20) { _ in
        usleep(1000)
        threads.withLock { _ = $0.insert(pthread_self()) }
      }
    }
    #expect(threads.withLock { $0.count } > 1)
  }
}
