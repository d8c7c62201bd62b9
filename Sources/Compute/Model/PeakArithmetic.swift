internal import CKernels
public import Networks

/// The most arithmetic that a processor can do, measured: multiply-adds on registers, nothing loaded or stored.
public enum PeakArithmetic {
  /// Floating-point operations per second, a multiply-add being two, of some threads at work together.
  public static func measure(_ workers: Workers) throws -> Double {
    let clock = ContinuousClock()
    // Long enough for the clock of the processor to settle; the best of some, for another program can only slow one down.
    return try (0..<5).map { _ in
      let start = clock.now
      let operations = try workers.map(workers.count) { _ in
        var sink: (Float, Float) = (0.999, 0.001)
        return withUnsafeMutableBytes(of: &sink) { raw in
          advlab_multiply_add(10_000_000, raw.baseAddress?.assumingMemoryBound(to: Float.self))
        }
      }
      return operations.reduce(0, +) / ((clock.now - start) / .seconds(1))
    }.max() ?? 0
  }
}
