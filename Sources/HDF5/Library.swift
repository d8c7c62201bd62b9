import CHDF5
import Glibc

/// The only access to libhdf5. The library is not safe for concurrent calls in every build, and its error reporting is
/// set per thread, so every call of it in this module happens inside `locked` or `withLock`.
package enum Library {
  private static let lock = RecursiveLock()

  /// Filter plug-ins are shared objects named by the environment, and external links name other files: neither may be
  /// followed on behalf of a file. Without its exit handler the library prints nothing about files left open after errors.
  private static let prepared: Void = {
    H5dont_atexit()
    H5open()
    H5PLset_loading_state(0)
    LZFFilter.register()
    H5Lunregister(H5L_TYPE_EXTERNAL)
  }()

  package static func locked<Result: ~Copyable>(_ body: () throws(HDF5Error) -> Result) throws(HDF5Error) -> Result {
    enter()
    defer { lock.unlock() }
    return try body()
  }

  static func withLock(_ body: () -> Void) {
    enter()
    defer { lock.unlock() }
    body()
  }

  private static func enter() {
    lock.lock()
    _ = prepared
    H5Eset_auto2(hid_t(H5E_DEFAULT), nil, nil)
  }
}

/// A recursive lock: closing a handle takes it again inside the operation that releases the handle. Sendable because
/// any thread may use a `pthread_mutex_t` at a fixed address.
final class RecursiveLock: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

  init() {
    var attributes = pthread_mutexattr_t()
    pthread_mutexattr_init(&attributes)
    pthread_mutexattr_settype(&attributes, Int32(PTHREAD_MUTEX_RECURSIVE))
    pthread_mutex_init(mutex, &attributes)
    pthread_mutexattr_destroy(&attributes)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  func lock() { pthread_mutex_lock(mutex) }
  func unlock() { pthread_mutex_unlock(mutex) }
}

/// The sole owner of an identifier of the library, closed with it.
struct OwnedIdentifier: ~Copyable, Sendable {
  typealias Close = @convention(c) (hid_t) -> herr_t

  let id: hid_t
  private let close: Close

  init(id: hid_t, close: @escaping Close) {
    self.id = id
    self.close = close
  }

  deinit {
    let (id, close) = (id, close)
    Library.withLock { _ = close(id) }
  }
}
