/// Limits on what a file may make the reader allocate. What a file declares is checked before anything is allocated for
/// it.
public struct Limits: Equatable, Sendable {
  /// The most bytes one read may produce.
  public var bytes = 4 << 30
  /// Up to here a dataset may declare any number of bytes; beyond, at most `expansion` times the bytes it stores.
  public var uncheckedBytes = 64 << 20
  /// The largest plausible ratio of declared to stored bytes.
  public var expansion = 1000
  /// The deepest nesting of groups a walk follows.
  public var depth = 64
  /// The most objects a walk, or the most entries a listing, returns.
  public var objects = 100_000
  /// The most bytes an attribute may hold.
  public var attributeBytes = 64 << 20

  /// The default limits, generous for any real model or dataset.
  public init() {}
}

/// The product of factors that come from a file, or nil where it does not fit.
func checkedProduct(_ factors: [Int]) -> Int? {
  var product = 1
  for factor in factors {
    let (next, overflow) = product.multipliedReportingOverflow(by: factor)
    // A zero further on makes any earlier overflow harmless only in theory: such a shape is refused as well.
    guard !overflow, next >= 0 else { return nil }
    product = next
  }
  return product
}
