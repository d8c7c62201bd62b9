/// A linear map from one input of an affine operation to its output: what multiplies that input.
public struct LinearMap: Sendable {
  /// How the map is represented.
  public enum Form: Sendable {
    /// A cross-correlation with weights `[O, I/groups, KH, KW]`.
    case convolution(Convolution, weight: Tensor<Float>)
    /// The transpose of one, with weights `[I, O/groups, KH, KW]`.
    case transposedConvolution(TransposedConvolution, weight: Tensor<Float>)
    /// A matrix `[O, I]`.
    case dense(weight: Tensor<Float>)
    /// A factor for every scalar.
    case diagonal([Double])
    /// Sums of few terms.
    case sparse(SparseRows)
    /// The scalars as they are.
    case identity
  }

  /// Its representation.
  public let form: Form
  /// The shape of one input.
  public let input: Shape
  /// The shape of one output.
  public let output: Shape
  /// How far a factor may lie from that of the network in real arithmetic, as a share of it: factors that are roots or
  /// quotients are rounded.
  public let relativeError: Double

  /// Creates a map.
  public init(_ form: Form, from input: Shape, to output: Shape, relativeError: Double = 0) {
    self.form = form
    self.input = input
    self.output = output
    self.relativeError = relativeError
  }

  /// The largest number of products that are added to one scalar of the output.
  public var termCount: Int {
    switch form {
    case .convolution(let payload, _):
      input[0] / payload.groups * payload.kernel.height * payload.kernel.width
    case .transposedConvolution(let payload, _):
      input[0] / payload.groups * payload.kernel.height * payload.kernel.width
    case .dense: input.count
    case .diagonal, .identity: 1
    case .sparse(let rows): rows.termCount
    }
  }

  /// The same of the transposed map.
  public var transposedTermCount: Int {
    switch form {
    case .convolution(let payload, _):
      payload.outputChannels / payload.groups * payload.kernel.height * payload.kernel.width
    case .transposedConvolution(let payload, _):
      payload.outputChannels / payload.groups * payload.kernel.height * payload.kernel.width
    case .dense: output.count
    case .diagonal, .identity: 1
    case .sparse(let rows): rows.transposedTermCount
    }
  }
}

/// An operation whose output is a sum of linear maps of its inputs and of constants.
public struct AffineOperation: Sendable {
  /// What multiplies each of the inputs.
  public let maps: [LinearMap]
  /// What is added to each scalar of the output; nil where it is nothing.
  public let constants: [Double]?
  /// How far each constant may lie from that of the network in real arithmetic; nil where the constants are exact.
  public let constantErrors: [Double]?

  /// Creates an operation.
  public init(_ maps: [LinearMap], constants: [Double]? = nil, constantErrors: [Double]? = nil) {
    self.maps = maps
    self.constants = constants
    self.constantErrors = constantErrors
  }
}
