import Glibc
import Synchronization

/// The partial files of this process, those that are neither complete nor removed. What is left when it ends is removed
/// then, be it at an exit or in a handler of signals.
///
/// A handler may interrupt anything: it must not wait for a lock nor read memory that may be freed. So each path is in
/// a slot of its own, and the thread that takes it out of its slot owns it.
package enum TemporaryFiles {
  private static let slotCount = 256
  nonisolated(unsafe) private static let slots: UnsafeMutablePointer<Atomic<UInt>> = {
    let slots = UnsafeMutablePointer<Atomic<UInt>>.allocate(capacity: slotCount)
    for index in 0..<slotCount { (slots + index).initialize(to: Atomic(0)) }
    atexit { TemporaryFiles.removeAll() }
    return slots
  }()

  /// Keeps `forget` from reading a path that another thread frees.
  private static let lock = Mutex(())

  /// Registers a file, best before it is created.
  package static func add(_ path: String) {
    guard let copy = strdup(path) else { return }
    for index in 0..<slotCount
    where slots[index].compareExchange(expected: 0, desired: UInt(bitPattern: copy), ordering: .acquiringAndReleasing)
      .exchanged
    {
      return
    }
    // All slots are taken: this file is removed by its writer alone.
    free(copy)
  }

  /// The file has been put in place, or was never created.
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

extension TemporaryFiles {
  private static let suffix = ".partial"

  /// Creates a partial file beside the file that it is to become, and registers it. It has the permissions of the file
  /// that it replaces.
  ///
  /// - Returns: Its path, and a descriptor open for reading and writing, which the caller closes.
  package static func create(beside target: String) throws(SystemError) -> (path: String, descriptor: Int32) {
    let path = path(beside: target)
    var status = stat()
    let isReplacing = stat(target, &status) == 0
    add(path)
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      let error = SystemError(code: errno)
      forget(path)
      throw error
    }
    if isReplacing { _ = fchmod(descriptor, status.st_mode & 0o7777) }
    return (path, descriptor)
  }

  /// Whether a name in a directory is that of a partial file of another name there. If no process is writing it, a killed
  /// one left it.
  package static func isPartial(_ name: String, of file: String) -> Bool {
    let prefix = prefix(of: file)
    guard name.hasPrefix(prefix), name.hasSuffix(suffix), name.utf8.count > prefix.utf8.count + suffix.utf8.count else {
      return false
    }
    return name.dropFirst(prefix.count).dropLast(suffix.count).allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
  }

  /// A name that no file has.
  private static func path(beside target: String) -> String {
    let directory = target.lastIndex(of: "/").map { target[...$0] } ?? ""
    let unique = String(UInt64.random(in: .min ... .max), radix: 36)
    return directory + prefix(of: String(target[directory.endIndex...])) + unique + suffix
  }

  private static func prefix(of name: String) -> String { ".\(name.prefix(100))." }
}

/// An error number of the system (`errno`).
package struct SystemError: Error, Equatable {
  package let code: Int32

  package init(code: Int32) { self.code = code }
}
