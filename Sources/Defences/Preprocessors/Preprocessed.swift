public import Networks

/// A model behind a preprocessor, under one draw of its random numbers.
///
/// The gradient is that of the whole, through the preprocessor's own derivative or the surrogate that it names (BPDA,
/// arXiv 1802.00420).
public struct Preprocessed: DifferentiableClassifier {
  /// The preprocessor.
  public let preprocessor: any Preprocessor
  /// The model after it.
  public let model: any DifferentiableClassifier
  /// The random numbers.
  public let draw: Draw
  /// The shape of one image before the preprocessor.
  public let inputShape: Shape

  /// Puts a preprocessor in front of a model.
  ///
  /// - Throws: `DefenceError` where the preprocessor's output does not fit the model's input.
  public init(_ preprocessor: any Preprocessor, before model: any DifferentiableClassifier, draw: Draw = Draw()) throws
  {
    self.preprocessor = preprocessor
    self.model = model
    self.draw = draw
    inputShape = try preprocessor.inputShape(producing: model.inputShape)
  }

  /// That of the model.
  public var classCount: Int { model.classCount }

  /// That of the model.
  public var pullbackLogitsAreExact: Bool { model.pullbackLogitsAreExact }

  /// The logits of the preprocessed images.
  public func logits(of images: Tensor<Float>) throws -> Tensor<Float> {
    try model.logits(of: preprocessor.apply(images, draw: draw))
  }

  /// The logits of the preprocessed images, and the gradient at the images themselves.
  public func pullback(
    at images: Tensor<Float>, cotangent: LogitCotangent
  ) throws -> (logits: Tensor<Float>, gradient: Tensor<Float>) {
    let inner = try preprocessor.apply(images, draw: draw)
    let (logits, gradient) = try model.pullback(at: inner, cotangent: cotangent)
    return (logits, try preprocessor.pullback(gradient, at: images, draw: draw))
  }
}
