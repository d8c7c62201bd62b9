internal import CKernels
public import Networks

/// Products with linear maps in double precision, on one thread: packed matrices, and windows of images as rows.
///
/// Every sum is added up in an order of its own, whatever else is computed beside it. Nothing is allocated once as many
/// threads as use the kernels at the same time have used each.
public struct DoubleKernels: LinearKernels {
  private let scratch = ScratchPool()

  /// Creates the kernels.
  public init() {}

  /// A kernel for a map, its weights packed.
  ///
  /// - Throws: `NetworkError` where the weights or the scratch do not fit into memory.
  public func kernel(for map: LinearMap) throws -> any LinearKernel {
    switch map.form {
    case .convolution(let payload, let weight):
      let windows = WindowPlaces(payload, image: map.input, positions: map.output)
      return try DoubleConvolution(WindowProducts(weight, windows, groups: payload.groups, scratch))
    case .transposedConvolution(let payload, let weight):
      let windows = WindowPlaces(payload, image: map.output, positions: map.input)
      return try DoubleTransposedConvolution(WindowProducts(weight, windows, groups: payload.groups, scratch))
    case .dense(let weight): return try DoubleDense(weight)
    case .diagonal(let factors): return DoubleDiagonal(factors)
    case .sparse(let rows): return DoubleSparse(rows)
    case .identity: return DoubleIdentity(count: map.input.count)
    }
  }

  /// Adds the least value of each row to its sum.
  public func addLeastValues(
    ofRows rows: UnsafeBufferPointer<Double>, lower: UnsafeBufferPointer<Double>, upper: UnsafeBufferPointer<Double>,
    to sums: UnsafeMutableBufferPointer<Double>
  ) {
    guard let rows = rows.baseAddress, let sum = sums.baseAddress, let low = lower.baseAddress,
      let high = upper.baseAddress
    else { return }
    advlab_add_least_values(rows, sums.count, lower.count, low, high, sum)
  }

  /// Multiplies each coefficient by the factor for its sign.
  public func scale(
    rows: UnsafeMutableBufferPointer<Double>, positive: UnsafeBufferPointer<Double>,
    negative: UnsafeBufferPointer<Double>
  ) {
    guard let first = rows.baseAddress, let up = positive.baseAddress, let down = negative.baseAddress,
      !positive.isEmpty
    else { return }
    advlab_scale_by_sign(first, rows.count / positive.count, positive.count, up, down)
  }
}
