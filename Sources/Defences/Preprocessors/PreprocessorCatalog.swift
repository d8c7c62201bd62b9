public import Hyperparameters

/// Every preprocessor there is.
public enum PreprocessorCatalog {
  /// The preprocessors.
  public static let methods: [any PreprocessorMethod.Type] = [
    BitDepth.self, MedianFilter.self, MeanFilter.self, GaussianFilter.self, JPEG.self, TotalVariation.self,
    Thermometer.self, RandomResize.self, GaussianNoise.self, PrincipalComponents.Method.self,
  ]

  /// The names.
  public static var names: [String] { methods.map { $0.method.name } }

  /// The preprocessor of a text such as `jpeg:quality=75`.
  ///
  /// - Throws: `HyperparameterError`.
  public static func method(_ text: String) throws(HyperparameterError) -> any PreprocessorMethod {
    let (type, text) = try MethodText.method(of: text, among: methods, kind: "preprocessor") { $0 }
    return try type.init(text)
  }
}
