import Glibc
import Synchronization

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The threads that help those who share out work. There are as many as the machine has processors, or as many as the
/// system gives, and be it none: who shares out work does it all where nobody helps.
///
/// Helpers are kept, for a training run shares out some thousand pieces a second.
final class WorkerPool: @unchecked Sendable {
  /// The pool of this process.
  static let shared = WorkerPool(limit: ProcessInfo.processInfo.activeProcessorCount - 1)

  /// What helpers are asked to do, and who does it.
  private final class Request {
    /// Nil once all is done: whoever shared it out owns it, and takes it back.
    var work: (() -> Void)?
    /// How many more may come.
    var open: Int
    /// How many are at it.
    var active = 0

    init(work: @escaping () -> Void, open: Int) {
      (self.work, self.open) = (work, open)
    }

    /// Not inlined, so that the work is let go of when it returns.
    @inline(never) func perform() { work?() }
  }

  private let limit: Int
  private let condition = Condition()
  // All under the lock of the condition.
  private var requests: [Request] = []
  private var threads = 0
  private var idle = 0

  init(limit: Int) {
    self.limit = limit
  }

  /// Runs `work` on this thread and on at most `helpers` others at once. Who comes too late to begin is not waited for, so
  /// calls may be nested.
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

  /// What a helper does: forever the newest piece of work that still needs one, which is the innermost of nested ones.
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

  /// Where the system gives none, the next call asks again.
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

/// A lock, and a place to wait until something under it has changed.
private final class Condition {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let variable = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  /// How often something may have changed.
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

  /// Waits, under the lock, until something holds: awake for some tenths of a millisecond, for in a training run the next
  /// piece of work mostly comes sooner than a sleeping thread wakes up, then asleep.
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

  /// Tells those who wait that something has changed. Called under the lock.
  func wakeAll() {
    changes.add(1, ordering: .relaxed)
    pthread_cond_broadcast(variable)
  }
}
