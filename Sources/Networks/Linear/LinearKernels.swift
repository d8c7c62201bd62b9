/// The products of one linear map with many vectors, in double precision.
///
/// Vectors are rows of a row-major matrix. Every sum has as many terms as the map says (`termCount`,
/// `transposedTermCount`), each a product of two factors, in any order, with or without fused multiply-adds: that is what
/// bounds on rounding errors rest on. Algorithms that add differences of terms, such as Winograd's, are not allowed. The
/// bits of a row depend neither on the other rows nor on their number.
public protocol LinearKernel: Sendable {
  /// `W x` for each row x of `inputs`.
  func apply(to inputs: UnsafeBufferPointer<Double>, rows: Int, into outputs: UnsafeMutableBufferPointer<Double>)

  /// `|W| x` for each row x of `inputs`.
  func applyAbsolute(
    to inputs: UnsafeBufferPointer<Double>, rows: Int, into outputs: UnsafeMutableBufferPointer<Double>)

  /// `Wᵀ y` for each row y of `outputs`.
  func applyTransposed(
    to outputs: UnsafeBufferPointer<Double>, rows: Int, into inputs: UnsafeMutableBufferPointer<Double>)

  /// The rows of W with the indices given: `Wᵀ` applied to unit vectors.
  func copyRows(_ indices: [Int], into inputs: UnsafeMutableBufferPointer<Double>)
}

/// The seam between bounds and the engine that does their arithmetic: products with linear maps, and the two loops over
/// rows of coefficients in which the sign of each coefficient decides.
public protocol LinearKernels: Sendable {
  /// A kernel for a map.
  ///
  /// - Throws: Where the map does not fit into memory.
  func kernel(for map: LinearMap) throws -> any LinearKernel

  /// Adds `Σ a⁺ lower + a⁻ upper` of each row a to its sum: the least value of `a · z` for z between the ends.
  ///
  /// Terms are added in any order.
  func addLeastValues(
    ofRows rows: UnsafeBufferPointer<Double>, lower: UnsafeBufferPointer<Double>, upper: UnsafeBufferPointer<Double>,
    to sums: UnsafeMutableBufferPointer<Double>)

  /// Multiplies each coefficient by the factor for its sign; zero stays zero.
  func scale(
    rows: UnsafeMutableBufferPointer<Double>, positive: UnsafeBufferPointer<Double>,
    negative: UnsafeBufferPointer<Double>)
}
