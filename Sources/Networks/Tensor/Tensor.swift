/// A contiguous, row-major block of scalars: no views, no broadcasting, no laziness.
///
/// Whole tensors cross module boundaries; loops over elements work on the buffers that
/// `withUnsafeScalars` and `withUnsafeMutableScalars` hand out, because an element access from another module
/// costs ten times as much.
public struct Tensor<Scalar: BinaryFloatingPoint & Sendable>: Sendable, Equatable {
  /// The extents, outermost first.
  public let shape: Shape
  /// The scalars in row-major order; `shape.count` of them.
  public private(set) var scalars: [Scalar]

  /// Creates a tensor that holds `scalars`.
  ///
  /// - Precondition: `scalars.count == shape.count`. Sizes from a file must be checked first.
  public init(shape: Shape, scalars: [Scalar]) {
    precondition(scalars.count == shape.count, "\(scalars.count) scalars can't fill a tensor of shape \(shape)")
    self.shape = shape
    self.scalars = scalars
  }

  /// Creates a tensor filled with one value.
  @inlinable
  public init(shape: Shape, repeating value: Scalar = 0) {
    self.init(shape: shape, scalars: Array(repeating: value, count: shape.count))
  }

  /// Calls `body` with the scalars.
  public func withUnsafeScalars<R, E: Error>(_ body: (UnsafeBufferPointer<Scalar>) throws(E) -> R) throws(E) -> R {
    try scalars.withUnsafeBufferPointer { (buffer) throws(E) in try body(buffer) }
  }

  /// Calls `body` with the scalars, to be changed in place.
  public mutating func withUnsafeMutableScalars<R, E: Error>(
    _ body: (UnsafeMutableBufferPointer<Scalar>) throws(E) -> R
  ) throws(E) -> R {
    try scalars.withUnsafeMutableBufferPointer { (buffer) throws(E) in try body(buffer) }
  }

  /// The same scalars under another shape of the same count.
  public func reshaped(to shape: Shape) -> Tensor {
    Tensor(shape: shape, scalars: scalars)
  }
}

extension Tensor<Float> {
  /// The same values in double precision.
  public var double: Tensor<Double> {
    Tensor<Double>(shape: shape, scalars: scalars.map(Double.init))
  }
}

extension Tensor<Double> {
  /// The values rounded to single precision.
  public var float: Tensor<Float> {
    Tensor<Float>(shape: shape, scalars: scalars.map(Float.init))
  }
}
