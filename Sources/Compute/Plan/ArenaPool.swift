internal import Glibc
internal import Networks
internal import Synchronization

/// The memory of a plan's buffers while it is lent.
///
/// Sendable because one thread at a time has it.
package final class Arena: @unchecked Sendable {
  package let base: UnsafeMutableRawPointer
  package let byteCount: Int
  /// Who wrote here last.
  package weak var user: AnyObject?

  /// Memory of any content. A small arena is not checked, because looking up the free memory takes time.
  fileprivate init(_ byteCount: Int, for what: String) throws {
    if byteCount > 64 << 20 { try MemoryLimit.check(byteCount, for: what) }
    var pointer: UnsafeMutableRawPointer?
    guard posix_memalign(&pointer, 64, byteCount) == 0, let pointer else {
      throw NetworkError(
        node: "", expected: "a network that fits into memory",
        found: "one that needs \(MemoryLimit.text(byteCount)) \(what)")
    }
    (base, self.byteCount) = (pointer, byteCount)
  }

  deinit {
    free(base)
  }
}

/// The arenas of a model. Nothing in a plan's buffers outlives the time for which it is lent, so that plans of all sizes
/// and purposes share as many arenas as are lent at once.
package final class ArenaPool: Sendable {
  private let idle = Mutex<[Arena]>([])

  package init() {}

  /// The bytes of the arenas that nobody has.
  package var idleByteCount: Int { idle.withLock { $0.reduce(0) { $0 + $1.byteCount } } }

  /// Memory: what the user had last time where that is idle, else the least that is enough. If all are too small, the
  /// largest is freed before a larger one is allocated.
  ///
  /// - Throws: `NetworkError` where there is not so much memory.
  package func take(_ byteCount: Int, user: AnyObject, for what: String) throws -> Arena {
    let enough = idle.withLock { idle -> Arena? in
      guard let place = Self.place(in: idle, for: byteCount, user) else { return nil }
      let arena = idle.remove(at: place)
      return arena.byteCount >= byteCount ? arena : nil
    }
    return try enough ?? Arena(byteCount, for: what)
  }

  private static func place(in idle: [Arena], for byteCount: Int, _ user: AnyObject) -> Int? {
    var best: Int?
    for (place, arena) in idle.enumerated() {
      if arena.user === user { return place }
      guard let known = best.map({ idle[$0].byteCount }) else {
        best = place
        continue
      }
      let isEnough = arena.byteCount >= byteCount
      let isBetter =
        isEnough == (known >= byteCount) ? (arena.byteCount < known) == isEnough && arena.byteCount != known : isEnough
      if isBetter { best = place }
    }
    return best
  }

  package func giveBack(_ arena: Arena) {
    idle.withLock { $0.append(arena) }
  }
}
