internal import CKernels
public import Networks

/// The processor's peak arithmetic performance, measured: multiply-adds on registers, nothing loaded or stored.
public enum PeakArithmetic {
  /// Floating-point operations per second of several threads together; a multiply-add counts as two.
  public static func measure(_ workers: Workers) throws -> Double {
    let clock = ContinuousClock()
    // Long enough for the processor's clock to settle; the best of several runs, because other programs can only slow
    // one down.
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
