internal import Synchronization

/// Memory that kernels need while they run. A block is lent to one call at a time; a call that finds none idle, or one
/// that is too small, gets a new one.
final class ScratchPool: Sendable {
  private struct Block: @unchecked Sendable {
    let address: UnsafeMutableRawPointer
    let byteCount: Int
  }

  private let idle = Mutex<[Block]>([])

  deinit {
    for block in idle.withLock({ $0 }) { block.address.deallocate() }
  }

  /// Lends a block of at least so many bytes to `body`.
  func withBlock(byteCount: Int, _ body: (inout Scratch) -> Void) {
    let block = take(byteCount)
    var scratch = Scratch(block.address)
    body(&scratch)
    idle.withLock { $0.append(block) }
  }

  private func take(_ byteCount: Int) -> Block {
    let last = idle.withLock { $0.popLast() }
    if let last, last.byteCount >= byteCount { return last }
    last?.address.deallocate()
    return Block(address: .allocate(byteCount: byteCount, alignment: Scratch.alignment), byteCount: byteCount)
  }
}

/// A block of memory that is handed out piece by piece.
struct Scratch {
  /// A cache line.
  static let alignment = 64

  private var next: UnsafeMutableRawPointer

  fileprivate init(_ address: UnsafeMutableRawPointer) { next = address }

  /// The bytes that a piece takes up; all pieces hold scalars or addresses of 8 bytes.
  static func byteCount(_ count: Int) -> Int { (count * 8 + alignment - 1) / alignment * alignment }

  /// The next piece; it holds what was there before.
  mutating func piece<Element: BitwiseCopyable>(of _: Element.Type, _ count: Int) -> UnsafeMutablePointer<Element> {
    defer { next += Self.byteCount(count) }
    return next.bindMemory(to: Element.self, capacity: count)
  }
}
