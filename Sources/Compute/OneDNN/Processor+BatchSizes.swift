internal import COneDNN

/// Batch sizes at which oneDNN sums every example in one order, so that its bits do not depend on the size.
extension Processor {
  /// With AVX-512.
  package static let wideBatchSizes = [8, 16, 24, 32, 40, 48, 56, 64, 96, 128, 192, 256]

  /// Without it.
  package static let narrowBatchSizes = [8, 16, 24, 32, 40, 48, 56, 64, 72, 96, 128, 144, 192, 240]

  /// Rows of a dense layer, whatever the size of the plan, because otherwise an example's bits would depend on the size of
  /// its batch. With AVX-512 oneDNN's inner products of fewer than 16 rows sum in another order. Without it they compute
  /// six rows at once, and two rows that are left in another order; blocks of rows must divide evenly too.
  private static let wideRows = Array(wideBatchSizes.dropFirst())
  private static let narrowRows = [24, 48, 72, 96, 120, 144, 192, 240]

  /// Whether oneDNN uses AVX-512. It numbers instruction sets as bit masks: one that includes another has all of its
  /// bits.
  static let isWide =
    dnnl_get_effective_cpu_isa().rawValue & dnnl_cpu_isa_avx512_core.rawValue == dnnl_cpu_isa_avx512_core.rawValue

  /// Those of this processor.
  package static let batchSizes = isWide ? wideBatchSizes : narrowBatchSizes

  /// The rows of a dense layer in a plan of one of these sizes, on this processor.
  static func denseRows(of batch: Int) -> Int {
    (isWide ? wideRows : narrowRows).first { $0 >= batch } ?? batch
  }
}
