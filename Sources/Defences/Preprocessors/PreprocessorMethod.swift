public import Hyperparameters
public import Networks

/// The hyper-parameters of a preprocessor, before it is fitted to data.
public protocol PreprocessorMethod: Configurable {
  /// The preprocessor for pixels of a range, fitted to images if it needs to be.
  func preprocessor(
    bounds: ClosedRange<Float>, trainingImages: () throws -> Tensor<Float>
  ) throws -> any Preprocessor
  /// The shape of what is made of an image of a shape, whatever it is fitted to.
  func outputShape(of shape: Shape) throws -> Shape
}

extension PreprocessorMethod {
  /// Most leave the shape as it is.
  public func outputShape(of shape: Shape) throws -> Shape { shape }
}

extension PreprocessorMethod where Self: Preprocessor {
  /// The name on the command line.
  public static var name: String { method.name }

  /// The method with all hyper-parameters: `jpeg:quality=75`.
  public var description: String { "\(fullText)" }

  /// Itself: it depends on no data.
  public func preprocessor(
    bounds: ClosedRange<Float>, trainingImages: () throws -> Tensor<Float>
  ) throws -> any Preprocessor { self }
}

/// A preprocessor that needs to know the range of valid pixels.
public protocol BoundedPreprocessor: PreprocessorMethod, Preprocessor {
  /// The range of valid pixels.
  var bounds: ClosedRange<Float> { get set }
}

extension BoundedPreprocessor {
  /// Itself with that range.
  public func preprocessor(
    bounds: ClosedRange<Float>, trainingImages: () throws -> Tensor<Float>
  ) throws -> any Preprocessor {
    var result = self
    result.bounds = bounds
    return result
  }
}
