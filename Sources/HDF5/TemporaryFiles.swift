import Glibc
import Synchronization

/// The partial files of this process, those that are neither complete nor removed. What is left when it ends is removed
/// then, be it at an exit or in a handler of signals.
///
/// A handler may interrupt anything: it must wait for no lock and touch no memory that somebody frees. So paths stand in
/// slots of their own, and who takes one out of its slot owns it.
package enum TemporaryFiles {
  private static let slotCount = 256
  nonisolated(unsafe) private static let slots: UnsafeMutablePointer<Atomic<UInt>> = {
    let slots = UnsafeMutablePointer<Atomic<UInt>>.allocate(capacity: slotCount)
    for index in 0..<slotCount { (slots + index).initialize(to: Atomic(0)) }
    atexit { TemporaryFiles.removeAll() }
    return slots
  }()

  /// Keeps `forget` from looking at a path that another thread frees.
  private static let lock = Mutex(())

  /// Notes a file, best before it is made.
  package static func add(_ path: String) {
    guard let copy = strdup(path) else { return }
    for index in 0..<slotCount
    where slots[index].compareExchange(expected: 0, desired: UInt(bitPattern: copy), ordering: .acquiringAndReleasing)
      .exchanged
    {
      return
    }
    // More files at once than anybody writes: this one is removed by its writer alone.
    free(copy)
  }

  /// The file has been put in place, or was never made.
  package static func forget(_ path: String) {
    take(path, removing: false)
  }

  /// Removes the file, unless it has been put in place or removed before.
  package static func remove(_ path: String) {
    take(path, removing: true)
  }

  /// Removes all of them. A handler of signals may call it, once it has been called before: the slots are made by the
  /// first call.
  package static func removeAll() {
    for index in 0..<slotCount {
      // The path is not freed, for `free` may be what was interrupted.
      if let path = path(slots[index].exchange(0, ordering: .acquiringAndReleasing)) { unlink(path) }
    }
  }

  private static func take(_ path: String, removing: Bool) {
    lock.withLock { _ in
      for index in 0..<slotCount {
        let word = slots[index].load(ordering: .acquiring)
        guard let entry = Self.path(word), strcmp(entry, path) == 0,
          slots[index].compareExchange(expected: word, desired: 0, ordering: .acquiringAndReleasing).exchanged
        else { continue }
        if removing { unlink(entry) }
        free(entry)
        return
      }
    }
  }

  private static func path(_ word: UInt) -> UnsafeMutablePointer<CChar>? { UnsafeMutablePointer(bitPattern: word) }
}
