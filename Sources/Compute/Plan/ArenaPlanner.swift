/// A block of the arena: an activation, a gradient, scratch.
package struct Buffer: Hashable, Sendable {
  package let index: Int
}

/// Lays out buffers in one block of memory, so that those whose lifetimes do not overlap share it.
package struct ArenaPlanner {
  private struct Request {
    let byteCount: Int
    var lifetime: ClosedRange<Int>?
  }

  private static let alignment = 64
  private var requests: [Request] = []

  package init() {}

  /// Asks for a buffer. Its lifetime grows with every use.
  package mutating func request(byteCount: Int) -> Buffer {
    let rounded = (max(byteCount, 1) + Self.alignment - 1) / Self.alignment * Self.alignment
    requests.append(Request(byteCount: rounded))
    return Buffer(index: requests.count - 1)
  }

  /// Notes that a step touches a buffer.
  package mutating func use(_ buffer: Buffer, at step: Int) {
    let lifetime = requests[buffer.index].lifetime ?? step...step
    requests[buffer.index].lifetime = min(lifetime.lowerBound, step)...max(lifetime.upperBound, step)
  }

  /// Offsets by buffer, and the bytes in all. The largest buffers are placed first, each at the lowest offset that is
  /// free for its whole lifetime.
  package func place() -> (offsets: [Int], byteCount: Int) {
    var offsets = Array(repeating: 0, count: requests.count)
    var placed: [(offset: Int, end: Int, lifetime: ClosedRange<Int>)] = []
    var total = Self.alignment
    let order = requests.indices.sorted {
      (requests[$0].byteCount, -$0) > (requests[$1].byteCount, -$1)
    }
    for index in order {
      guard let lifetime = requests[index].lifetime else { continue }
      var offset = 0
      for other in placed where other.lifetime.overlaps(lifetime) {
        if offset + requests[index].byteCount <= other.offset { break }
        offset = max(offset, other.end)
      }
      offsets[index] = offset
      let end = offset + requests[index].byteCount
      let position = placed.firstIndex { $0.offset > offset } ?? placed.count
      placed.insert((offset, end, lifetime), at: position)
      total = max(total, end)
    }
    return (offsets, total)
  }
}
