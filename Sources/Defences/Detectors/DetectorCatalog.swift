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

  /// The detector of a text such as `lid:neighbours=20`, not yet fitted.
  ///
  /// - Throws: `HyperparameterError`.
  public static func method(_ text: String) throws(HyperparameterError) -> any DetectorMethod {
    let (type, text) = try MethodText.method(of: text, among: methods, kind: "detector") { $0 }
    return try type.init(text)
  }
}
