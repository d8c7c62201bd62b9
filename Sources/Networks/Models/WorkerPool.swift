import Glibc
import Synchronization

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Helper threads for parallel work: one per further processor, or as many as the system starts. Without any, the calling
/// thread does all of the work.
///
/// Threads are kept, because a training run starts some thousand parallel loops a second. Sendable because everything
/// that changes is read and written under the lock of `condition`.
final class WorkerPool: @unchecked Sendable {
  /// The pool of this process.
  static let shared = WorkerPool(limit: ProcessInfo.processInfo.activeProcessorCount - 1)

  /// Work for helpers, and how many of them do it.
  private final class Request {
    /// Nil once all is done: the closure belongs to the caller of `run` and does not outlive it.
    var work: (() -> Void)?
    /// How many more helpers may join.
    var open: Int
    /// How many helpers are running it.
    var active = 0

    init(work: @escaping () -> Void, open: Int) {
      (self.work, self.open) = (work, open)
    }

    /// Not inlined, so that the work is released when it returns.
    @inline(never) func perform() { work?() }
  }

  private let limit: Int
  private let condition = Condition()
  private var requests: [Request] = []
  private var threads = 0
  private var idle = 0

  init(limit: Int) {
    self.limit = limit
  }

  /// Runs `work` on this thread and on at most `helpers` others at once. A helper that has not started when the work is
  /// done is not waited for, so calls may be nested.
  func run(helpers: Int, _ work: () -> Void) {
    guard helpers > 0, limit > 0 else { return work() }
    withoutActuallyEscaping(work) { work in
      let request = Request(work: work, open: helpers)
      condition.withLock {
        requests.append(request)
        for _ in 0..<max(0, helpers - idle) where threads < limit { startThread() }
        condition.wakeAll()
      }
      work()
      condition.withLock {
        requests.removeAll { $0 === request }
        condition.wait { request.active == 0 }
        request.work = nil
      }
    }
  }

  /// The endless loop of a helper: it takes the newest request that still needs helpers, which is the innermost of
  /// nested ones.
  private func help() {
    condition.withLock {
      while true {
        idle += 1
        condition.wait { !requests.isEmpty }
        idle -= 1
        guard let request = requests.last else { continue }
        request.open -= 1
        request.active += 1
        if request.open == 0 { requests.removeAll { $0 === request } }
        condition.unlocked(request.perform)
        request.active -= 1
        condition.wakeAll()
      }
    }
  }

  /// Where the system starts none, the next call tries again.
  private func startThread() {
    var thread = pthread_t()
    let pool = Unmanaged.passUnretained(self)
    let code = pthread_create(
      &thread, nil,
      { pool in
        guard let pool else { return nil }
        Unmanaged<WorkerPool>.fromOpaque(pool).takeUnretainedValue().help()
        return nil
      }, pool.toOpaque())
    guard code == 0 else { return }
    pthread_detach(thread)
    threads += 1
  }
}

/// A mutex with a condition variable.
private final class Condition {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let variable = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  /// The number of calls of `wakeAll`.
  private let changes = Atomic(0)

  init() {
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(variable, nil)
  }

  deinit {
    pthread_cond_destroy(variable)
    pthread_mutex_destroy(mutex)
    variable.deallocate()
    mutex.deallocate()
  }

  func withLock<Result>(_ body: () -> Result) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return body()
  }

  /// Runs `body` without the lock that the caller holds.
  func unlocked(_ body: () -> Void) {
    pthread_mutex_unlock(mutex)
    body()
    pthread_mutex_lock(mutex)
  }

  /// Waits, under the lock, until a condition holds. The thread spins for some tenths of a millisecond before it sleeps: in a
  /// training run the next loop mostly starts sooner than a sleeping thread wakes up.
  func wait(until holds: () -> Bool) {
    while !holds() {
      let seen = changes.load(ordering: .relaxed)
      unlocked { spin(while: seen) }
      if !holds() && changes.load(ordering: .relaxed) == seen { pthread_cond_wait(variable, mutex) }
    }
  }

  private func spin(while seen: Int) {
    for _ in 0..<1000 where changes.load(ordering: .relaxed) == seen { sched_yield() }
  }

  /// Makes waiting threads check their conditions again. Called under the lock.
  func wakeAll() {
    changes.add(1, ordering: .relaxed)
    pthread_cond_broadcast(variable)
  }
}
