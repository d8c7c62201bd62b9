public import Hyperparameters

/// Every method of bounds there is.
public enum BoundCatalog {
  /// The methods, about from the loosest to the tightest.
  public static let methods: [any BoundMethod.Type] = [
    IntervalPropagation.self, LocalLipschitz.self, CrownIBP.self, ForwardBounds.self, Zonotopes.self, Crown.self,
    AlphaCrown.self,
  ]

  /// The names of those that have bounds for networks in single precision.
  public static let namesForSinglePrecision = methods.filter { $0.arithmetics.contains(.single) }.map { $0.method.name }

  /// The method of a text such as `crown:slope=zero`.
  ///
  /// - Throws: `HyperparameterError`.
  public static func method(_ text: String) throws(HyperparameterError) -> any BoundMethod {
    let (type, text) = try MethodText.method(of: text, among: methods, kind: "method of bounds") { $0 }
    return try type.init(text)
  }
}
