public import Hyperparameters

/// Every detector there is.
public enum DetectorCatalog {
  /// The detectors.
  public static let methods: [any DetectorMethod.Type] = [
    FeatureSqueezing.Method.self, KernelDensity.Method.self, Mahalanobis.Method.self,
    LocalIntrinsicDimension.Method.self,
  ]

  /// The names.
  public static var names: [String] { methods.map { $0.method.name } }

  /// The detector that a word such as `lid:neighbours=20` asks for, not yet fitted.
  ///
  /// - Throws: `HyperparameterError`.
  public static func method(_ text: String) throws(HyperparameterError) -> any DetectorMethod {
    let text = try MethodText(text)
    guard let type = methods.first(where: { $0.method.name == text.name }) else {
      throw .unknownMethod(text.name, kind: "detector", known: names)
    }
    return try type.init(text)
  }
}
