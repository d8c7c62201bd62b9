package import Networks

/// The batch sizes for which a network is compiled: a fixed list, so that a few plans process any batch and memory does
/// not grow with it.
package struct PlanSizes: Sendable {
  /// Bytes of activations and gradients that one plan may take. Keeping a part in the cache matters less than reading
  /// the weights of a large dense layer seldom: the Madry network gains a quarter from parts of 128 over parts of 8.
  private static let budget = 256 << 20

  private let sizes: [Int]

  /// - Parameters:
  ///   - network: The network; one from a file may be of any size.
  ///   - memory: The bytes that the smallest plan may take at most: by default the free memory.
  ///   - allowed: The sizes that a compiler compiles for, ascending.
  /// - Throws: `NetworkError` where it takes more.
  package init(
    _ network: Network, memory: Int = MemoryLimit.remaining, allowed: [Int]
  ) throws(NetworkError) {
    let (least, overflow) = network.largestLiveCount.multipliedReportingOverflow(
      by: allowed[0] * MemoryLayout<Float>.stride)
    try MemoryLimit.check(
      overflow ? .max : min(least, 1 << 60) + network.tableByteCount,
      for: "for the activations of \(allowed[0]) images", remaining: memory)
    // Every activation once forward and once as a gradient.
    let bytes = min(network.activationCount, 1 << 48) * 2 * MemoryLayout<Float>.stride
    let limit = max(1, Self.budget / max(bytes, 1))
    sizes = allowed.filter { $0 == allowed[0] || $0 <= limit }
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
