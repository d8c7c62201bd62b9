internal import Networks

// Estimates from above, to within a small factor: what is to be found out before the start is whether a network is far
// too large, not how many bytes it takes.
extension BoundedNetwork {
  /// Bytes that all threads share: every weight in double precision, for either direction and as absolute values.
  public var sharedMemoryEstimate: Int { bytes(network.parameterCount, 3) }

  /// Bytes that a thread takes for bounds of one example: intervals, errors and lines of every node, and rows of
  /// coefficients on either side of the widest node, with as much again for sums where paths meet.
  public var memoryEstimate: Int {
    let widest = network.nodes.reduce(1) { max($0, $1.shape.count) }
    return bytes(network.activationCount, 10) + bytes(widest, 4 * largestRowCount)
  }

  /// Bytes that a thread takes beside these where slopes are optimised: for every row and neuron the slope, the best one
  /// so far, two moments, a coefficient and a value.
  public var optimizationMemoryEstimate: Int { bytes(network.activationCount, 6 * largestRowCount) }

  /// So many numbers of double precision for each of `count`; no more than can still be multiplied by a number of threads.
  private func bytes(_ count: Int, _ numbers: Int) -> Int {
    let (result, overflows) = count.multipliedReportingOverflow(by: numbers * MemoryLayout<Double>.stride)
    return overflows ? 1 << 48 : min(result, 1 << 48)
  }
}
