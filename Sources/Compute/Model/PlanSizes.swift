internal import Glibc
package import Networks

/// The batch sizes for which a network is compiled: a ladder with an upper end, so that any batch is worked through by
/// few plans and memory does not grow with it. It begins at 16: below, oneDNN's inner products sum in another order,
/// and an example in small company would get other bits than in large.
package struct PlanSizes: Sendable {
  /// Bytes of activations and gradients that one plan may take. Keeping a part in the cache matters less than reading
  /// the weights of a large dense layer seldom: the Madry network gains a quarter from parts of 128 over parts of 8.
  private static let budget = 128 << 20
  private static let ladder = [16, 24, 32, 40, 48, 56, 64, 96, 128, 192, 256]
  private let sizes: [Int]

  /// - Parameters:
  ///   - network: The network, which may come from a file and ask for anything.
  ///   - memory: The bytes that the smallest plan may take at most: what the machine has.
  /// - Throws: `NetworkError` where one activation alone takes more.
  package init(
    _ network: Network, memory: Int = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
  ) throws(NetworkError) {
    // Every activation once forward and once as a gradient.
    let bytes = network.nodes.reduce(0) { $0 + $1.shape.count } * 2 * MemoryLayout<Float>.stride
    let most = memory / (Self.ladder[0] * MemoryLayout<Float>.stride)
    for node in network.nodes where node.shape.count > most {
      throw NetworkError(
        node: node.name, expected: "at most \(most) scalars, \(Self.ladder[0]) times which fit into memory",
        found: "\(node.shape)")
    }
    let limit = max(1, Self.budget / max(bytes, 1))
    sizes = Self.ladder.filter { $0 == 16 || $0 <= limit }
  }

  /// Ranges of a batch with the plan size for each; the last plan may be larger than its range.
  package func parts(of count: Int) -> [(range: Range<Int>, size: Int)] {
    guard let largest = sizes.last else { return [] }
    var parts: [(range: Range<Int>, size: Int)] = []
    var start = 0
    while count - start >= largest {
      parts.append((start..<start + largest, largest))
      start += largest
    }
    if start < count, let size = sizes.first(where: { $0 >= count - start }) {
      parts.append((start..<count, size))
    }
    return parts
  }
}
